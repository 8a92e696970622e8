/** One's own account: who one is, the password, sessions, and what one has chosen. */

import { Link } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { usePrefer, usePreferences } from "../../api/preferences";
import { useMe } from "../../api/session";
import { fullName, levelName } from "../../lib/people";
import { write } from "../../lib/time";
import { Button } from "../../ui/button";
import { useLeave } from "../../ui/leave";
import { Notice } from "../../ui/notice";
import { Card, Page } from "../../ui/page";
import { TroubleLine } from "../Trouble";
import css from "./Account.module.css";
import { Password } from "./Password";

export function Account() {
  const { t } = useTranslation();
  return (
    <Page title={t("account.title")}>
      <div className={css.cards}>
        <You />
        <Password />
        <Sessions />
        <Letters />
        <Card title={t("account.tokens")}>
          <div className={css.body}>
            <p>{t("account.tokensMore")}</p>
            <Link to="/keys" className={css.link}>
              {t("account.toTokens")}
            </Link>
          </div>
        </Card>
      </div>
    </Page>
  );
}

function You() {
  const { t, i18n } = useTranslation();
  const { user } = useMe();
  const list = (words: string[]) =>
    words.length > 0
      ? new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(words)
      : t("account.nothing");
  const facts: [string, ReactNode][] = [
    [t("account.name"), fullName(user)],
    [t("account.username"), user.username],
    [t("account.level"), levelName(user.level, t)],
    [t("account.group"), user.group || t("account.nothing")],
    [t("account.supervises"), list(user.supervises)],
    [t("account.numbers"), list(user.numbers)],
  ];
  return (
    <Card title={t("account.person")}>
      <div className={css.body}>
        <dl className={css.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <p className={css.hint}>{t("account.personMore")}</p>
      </div>
    </Card>
  );
}

function Sessions() {
  const { t, i18n } = useTranslation();
  const { session } = useMe();
  const leave = useLeave({ everywhere: true });
  return (
    <Card title={t("account.sessions")}>
      <div className={css.body}>
        <p>{t("account.until", { time: write(session.expiresAt, "dayTime", i18n.language) })}</p>
        <p className={css.hint}>{t("account.sessionsMore")}</p>
        {leave.isError && <TroubleLine error={leave.error} />}
        <div>
          <Button look="danger" busy={leave.isPending} onClick={() => leave.mutate()}>
            {t("account.everywhere")}
          </Button>
        </div>
      </div>
    </Card>
  );
}

function Letters() {
  const { t } = useTranslation();
  const id = useId();
  const preferences = usePreferences();
  const prefer = usePrefer();
  return (
    <Card title={t("account.keys")}>
      <div className={css.body}>
        <label className={css.switch} htmlFor={id}>
          <input
            id={id}
            type="checkbox"
            checked={!preferences?.lettersOff}
            aria-describedby={`${id}-more`}
            onChange={(event) => prefer.mutate({ lettersOff: !event.target.checked })}
          />
          {t("account.letters")}
        </label>
        <p id={`${id}-more`} className={css.hint}>
          {t("account.lettersMore")} {t("account.kept")}
        </p>
        {prefer.isError && <Notice kind="error" fact={t("list.notKept")} />}
      </div>
    </Card>
  );
}
