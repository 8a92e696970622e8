/** The pages one can go to. Those that one's rights do not cover stay, and say why. */

import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { liveCount } from "../api/live";
import { useMe } from "../api/session";
import { number } from "../lib/time";
import { Icon, type IconName } from "./icons";
import css from "./Shell.module.css";

interface Place {
  to: NonNullable<LinkProps["to"]>;
  icon: IconName;
  text: "recordings" | "live" | "dashboard" | "audit" | Administration;
  /** The right one needs, of those that the server names. */
  needs?: string;
  /** The lowest level that has it, where that is not Complete. */
  base?: true;
}

type Administration = "users" | "rules" | "clients" | "storage" | "tokens" | "health";

const DAILY: Place[] = [
  { to: "/recordings", icon: "recordings", text: "recordings" },
  { to: "/live", icon: "live", text: "live", needs: "seeLive", base: true },
  { to: "/dashboard", icon: "dashboard", text: "dashboard", needs: "list", base: true },
  { to: "/audit", icon: "audit", text: "audit", needs: "readAudit" },
];

const ADMINISTRATION: Place[] = [
  { to: "/users", icon: "people", text: "users", needs: "managePeople" },
  { to: "/rules", icon: "rules", text: "rules", needs: "manageRules" },
  { to: "/clients", icon: "clients", text: "clients", needs: "managePeople" },
  { to: "/storage", icon: "storage", text: "storage", needs: "managePeople" },
  { to: "/keys", icon: "token", text: "tokens" },
  { to: "/health", icon: "health", text: "health", needs: "managePeople" },
];

export function Navigation() {
  const { t } = useTranslation();
  return (
    <>
      {DAILY.map((place) => (
        <Entry key={place.to} place={place} />
      ))}
      <div className={css.administration}>
        <h2 className={css.heading}>{t("app.administration")}</h2>
        {ADMINISTRATION.map((place) => (
          <Entry key={place.to} place={place} />
        ))}
      </div>
    </>
  );
}

/** What has no room in the bar of a phone: entries of its menu. */
export function MorePlaces() {
  const { t } = useTranslation();
  const { may } = useMe();
  return [...DAILY.slice(3), ...ADMINISTRATION].map(({ to, icon, text, needs, base }) => (
    <Menu.Item
      key={to}
      className={css.onPhone}
      leftSection={<Icon name={icon} />}
      {...(needs && !may.includes(needs)
        ? {
            "aria-disabled": true,
            "aria-description": t(base ? "app.needsBase" : "app.needsComplete"),
          }
        : { renderRoot: (props: object) => <Link to={to} {...props} /> })}
    >
      {t(`app.${text}`)}
    </Menu.Item>
  ));
}

function Entry({ place }: { place: Place }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const inside = (
    <>
      <Icon name={place.icon} />
      <span>{t(`app.${place.text}`)}</span>
    </>
  );
  if (place.needs && !may.includes(place.needs)) {
    const why = t(place.base ? "app.needsBase" : "app.needsComplete");
    return (
      <span
        role="link"
        aria-disabled="true"
        aria-description={why}
        title={why}
        tabIndex={0}
        className={`${css.link} ${css.refused}`}
      >
        {inside}
      </span>
    );
  }
  return (
    <Link to={place.to} className={css.link} activeProps={{ "aria-current": "page" }}>
      {inside}
      {place.to === "/live" && <RunningCalls />}
    </Link>
  );
}

/** How many calls run now. */
function RunningCalls() {
  const { t, i18n } = useTranslation();
  const { data: running = 0 } = useQuery(liveCount);
  if (running === 0) return null;
  const n = number(running, i18n.language);
  return (
    <span className={css.running} title={t("live.now", { count: running, n })}>
      {n} <span className="unseen">{t("app.running")}</span>
    </span>
  );
}
