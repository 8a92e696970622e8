/** Signing in. A wrong name and a wrong password look the same. */

import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate, useRouter } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isRefused, NoAnswer, Refused } from "../api/errors";
import { signIn } from "../api/session";
import { chooseLanguage, LANGUAGES, type Language } from "../i18n";
import { Button } from "../ui/button";
import { Logo } from "../ui/icons";
import { Notice } from "../ui/notice";
import { useTitle } from "../ui/title";
import css from "./SignIn.module.css";

const route = getRouteApi("/signin");

export function SignIn() {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const { next, why } = route.useSearch();
  const router = useRouter();
  const navigate = useNavigate();
  const client = useQueryClient();
  const password = useRef<HTMLInputElement>(null);
  useTitle(t("signIn.title"));

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await signIn(String(form.get("username")), String(form.get("password")));
      client.clear();
      await (next ? router.history.push(next) : navigate({ to: "/" }));
    } catch (error) {
      setError(error);
      password.current?.select();
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className={css.page}>
      <main className={css.card}>
        <Logo large />
        <h1>{t("signIn.title")}</h1>
        <p className={css.lead}>{t("signIn.subtitle")}</p>
        <form onSubmit={submit}>
          <label>
            <span>{t("signIn.username")}</span>
            <input name="username" autoComplete="username" required autoCapitalize="none" />
          </label>
          <label>
            <span>{t("signIn.password")}</span>
            <input
              ref={password}
              name="password"
              type="password"
              autoComplete="current-password"
              required
            />
          </label>
          {error ? <Reason error={error} /> : <Before why={why} />}
          <Button look="primary" submit busy={busy} className={css.submit}>
            {t("signIn.submit")}
          </Button>
        </form>
        <p className={css.fine}>{t("signIn.audited")}</p>
      </main>
      <footer className={css.foot}>
        <span>{window.location.host}</span>
        <Languages />
      </footer>
    </div>
  );
}

/** Why one sees this form. */
function Before({ why }: { why: "expired" | "bye" | undefined }) {
  const { t } = useTranslation();
  if (why === "bye") return <Notice kind="ok" fact={t("signIn.bye")} />;
  if (why !== "expired") return null;
  return (
    <Notice kind="info" fact={t("signIn.expired")}>
      {t("signIn.expiredMore")}
    </Notice>
  );
}

function Reason({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (isRefused(error, 401)) {
    return (
      <Notice kind="error" fact={t("signIn.wrong")}>
        {t("signIn.wrongMore")}
      </Notice>
    );
  }
  if (isRefused(error, 429)) return <Slow refusal={error} />;
  if (isRefused(error, 403)) {
    return (
      <Notice kind="error" fact={t("signIn.none")}>
        {t("signIn.noneMore")}
      </Notice>
    );
  }
  if (error instanceof NoAnswer) return <Notice kind="error" fact={t("trouble.lost")} />;
  return (
    <Notice kind="error" fact={t("trouble.fault")}>
      {error instanceof Refused && <span lang="en">{error.detail}</span>}
    </Notice>
  );
}

/** Counts down until one may try again. */
function Slow({ refusal }: { refusal: Refused }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(wait(refusal));
  useEffect(() => {
    // Anew with each refusal, not each time that the form is drawn.
    setLeft(wait(refusal));
    const timer = window.setInterval(() => setLeft((left) => Math.max(0, left - 1)), 1000);
    return () => window.clearInterval(timer);
  }, [refusal]);
  if (left === 0) return null;
  return (
    <Notice kind="error" fact={t("signIn.slow")}>
      {/* Spoken once, not each second. */}
      <span className="unseen">{t("signIn.slowMore", { count: wait(refusal) })}</span>
      <span aria-hidden="true">{t("signIn.slowMore", { count: left })}</span>
    </Notice>
  );
}

/** In seconds. */
function wait(refusal: Refused): number {
  return refusal.retryAfterSeconds ?? 60;
}

function Languages() {
  const { i18n } = useTranslation();
  return (Object.keys(LANGUAGES) as Language[]).map((language) => (
    <button
      key={language}
      type="button"
      lang={language}
      aria-pressed={i18n.language === language}
      onClick={() => chooseLanguage(language)}
    >
      {LANGUAGES[language]}
    </button>
  ));
}
