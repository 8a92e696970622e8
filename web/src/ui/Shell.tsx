/** What stands around every page: navigation, account, the player that goes on playing. */

import { Menu } from "@mantine/core";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePreferences } from "../api/preferences";
import { useMe } from "../api/session";
import { chooseLanguage, LANGUAGES, type Language } from "../i18n";
import { fullName, levelName } from "../lib/people";
import { Bar } from "../player/Bar";
import { Choice } from "./choice";
import { Logo } from "./icons";
import { KeysHelp } from "./KeysHelp";
import { type Keys, switchLetters, useKeys } from "./keyboard";
import { useLeave } from "./leave";
import { MorePlaces, Navigation } from "./Navigation";
import { Notices } from "./Notices";
import css from "./Shell.module.css";
import { chooseTheme, THEMES, theme } from "./theme";
import { Toast } from "./toast";

export function Shell() {
  const { t } = useTranslation();
  const [help, setHelp] = useState(false);
  const go = useGo();
  useKeys({ "?": () => setHelp(true), ...go });
  useLetters();
  const main = useFocusOnNewPage();
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main">
        {t("app.skip")}
      </a>
      <nav className={css.side} aria-label={t("app.main")}>
        <Link to="/recordings" className={css.brand}>
          <Logo />
          <span>Earwitness</span>
        </Link>
        <Navigation />
        <Notices />
        <Account help={() => setHelp(true)} />
      </nav>
      <div className={css.rest}>
        <main ref={main} id="main" tabIndex={-1} className={css.main}>
          <Outlet />
        </main>
        <Bar />
      </div>
      <Toast />
      <KeysHelp open={help} close={() => setHelp(false)} />
    </div>
  );
}

/** G, then the page's letter. Pages that one may not see stay where they are. */
function useGo(): Keys {
  const navigate = useNavigate();
  const { may } = useMe();
  const when = (right: string, to: "/live" | "/dashboard" | "/audit") => () => {
    if (may.includes(right)) void navigate({ to });
  };
  return {
    "g r": () => void navigate({ to: "/recordings" }),
    "g l": when("seeLive", "/live"),
    "g d": when("list", "/dashboard"),
    "g a": when("readAudit", "/audit"),
  };
}

/** Whoever has switched single letters off has them off everywhere. */
function useLetters() {
  const off = usePreferences()?.lettersOff === true;
  useEffect(() => switchLetters(!off), [off]);
}

/** What had the focus is gone with its page: readers go on at the beginning of the new one. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: at every new page
  useEffect(() => {
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}

function Account({ help }: { help: () => void }) {
  const { t, i18n } = useTranslation();
  const { user } = useMe();
  const [shownTheme, setTheme] = useState(theme);
  const leave = useLeave();
  const name = fullName(user);
  const level = levelName(user.level, t);
  return (
    <Menu position="top-start" width={208} keepMounted={false}>
      <Menu.Target>
        <button type="button" className={css.account} aria-label={t("app.account", { name })}>
          <span className={css.initials}>{initials(name)}</span>
          <span className={css.who}>
            <b>{name}</b>
            <span>{level}</span>
          </span>
          <span className={css.more} aria-hidden="true">
            {t("app.more")}
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <MorePlaces />
        <Menu.Label>{t("app.theme")}</Menu.Label>
        {THEMES.map((one) => (
          <Choice
            key={one}
            checked={one === shownTheme}
            choose={() => {
              chooseTheme(one);
              setTheme(one);
            }}
          >
            {t(`app.${one}`)}
          </Choice>
        ))}
        <Menu.Label>{t("app.language")}</Menu.Label>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <Choice
            key={language}
            checked={i18n.language === language}
            choose={() => chooseLanguage(language)}
          >
            <span lang={language}>{LANGUAGES[language]}</span>
          </Choice>
        ))}
        <Menu.Divider />
        <Menu.Item renderRoot={(props: object) => <Link to="/account" {...props} />}>
          {t("app.ownAccount")}
        </Menu.Item>
        <Menu.Item onClick={help}>{t("app.keys")}</Menu.Item>
        <Menu.Item onClick={() => leave.mutate()}>{t("app.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters.map((word) => [...(word ?? "")][0]?.toUpperCase() ?? "").join("");
}
