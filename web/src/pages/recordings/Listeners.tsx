/** Who listened, by the audit; only for those who may read that. */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { recordingAudit } from "../../api/recording";
import { useMe } from "../../api/session";
import { write } from "../../lib/time";
import { usePlaying } from "../../player/use";
import { Card } from "../../ui/page";
import { Trouble } from "../Trouble";
import css from "./Detail.module.css";

const HEARD = { PlayRecording: "played", DownloadRecording: "downloaded" } as const;

export interface Listener {
  who: string;
  what: "played" | "downloaded";
  times: number;
  /** The last time. */
  at: string;
}

/** From rows, newest first, to one line for each person and way of hearing; pure. */
export function listeners(rows: Schemas["AuditRow"][]): Listener[] {
  const found = new Map<string, Listener>();
  for (const { who, action, at, outcome } of rows) {
    const what = HEARD[action as keyof typeof HEARD];
    if (!what || outcome !== "done") continue;
    const key = `${what} ${who}`;
    const known = found.get(key);
    if (known) known.times += 1;
    else found.set(key, { who, what, times: 1, at });
  }
  return [...found.values()];
}

export function Listeners({ id }: { id: string }) {
  const { t } = useTranslation();
  const { may, user } = useMe();
  const mayRead = may.includes("readAudit");
  const audit = useQuery({ ...recordingAudit(id), enabled: mayRead });
  const { track, on } = usePlaying();
  if (mayRead && audit.isPending) return null;
  const heard = listeners(audit.data?.items ?? []);
  const now = on && track?.id === id;
  return (
    <Card
      title={t("detail.listened")}
      aside={mayRead && audit.data && <span className={css.faint}>{heard.length}</span>}
    >
      {!mayRead && <p className={`${css.inside} ${css.faint}`}>{t("detail.mayNotAudit")}</p>}
      {audit.isError && <Trouble error={audit.error} retry={() => void audit.refetch()} />}
      {audit.data && heard.length === 0 && !now && (
        <p className={`${css.inside} ${css.faint}`}>{t("detail.nobody")}</p>
      )}
      <ul className={css.listeners}>
        {now && (
          <li>
            <b>{user.username}</b> <span className={css.faint}>{t("detail.you")}</span>
            <span className={css.when}>{t("detail.listensNow")}</span>
          </li>
        )}
        {heard.map((one) => (
          <Line key={`${one.what} ${one.who}`} one={one} own={one.who === user.username} />
        ))}
      </ul>
      {audit.data?.nextCursor && <p className={css.inside}>{t("detail.olderAudit")}</p>}
    </Card>
  );
}

function Line({ one, own }: { one: Listener; own: boolean }) {
  const { t, i18n } = useTranslation();
  const times = t("detail.times", { count: one.times, what: t(`detail.${one.what}`) });
  return (
    <li>
      <span>
        <b>{one.who}</b> {own && <span className={css.faint}>{t("detail.you")} </span>}
        <span className={css.faint}>{times}</span>
      </span>
      <span className={`${css.when} figures`}>{write(one.at, "dayTime", i18n.language)}</span>
    </li>
  );
}
