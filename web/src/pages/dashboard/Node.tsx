/** This recorder and its disk, for those who may manage. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/session";
import { type System, system } from "../../api/system";
import { bytes } from "../../lib/text";
import { locale, number, write } from "../../lib/time";
import { Card } from "../../ui/page";
import { Pill } from "../../ui/pill";
import css from "./Dashboard.module.css";

/** A part that stays where it is for those who may not see into it, and says why it is empty. */
function Managed({ title, inside }: { title: string; inside: (of: System) => ReactNode }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const allowed = may.includes("managePeople");
  const { data, isError } = useQuery({ ...system, enabled: allowed });
  return (
    <Card title={title}>
      <div className={css.inside}>
        {!allowed && t("app.needsComplete")}
        {isError && !data && t("trouble.lost")}
        {data && inside(data)}
      </div>
    </Card>
  );
}

export function Recorder() {
  const { t, i18n } = useTranslation();
  const inside = (of: System) => (
    <dl className={css.facts}>
      <dt>{of.node}</dt>
      <dd>
        {of.ready ? (
          <Pill kind="ok" icon="done">
            {t("dashboard.working")}
          </Pill>
        ) : (
          <Pill kind="warn" icon="warning">
            {t("dashboard.notReady")}
          </Pill>
        )}
      </dd>
      <dt>{t("dashboard.since")}</dt>
      <dd>{write(of.startedAt, "dayTime", i18n.language)}</dd>
      <dt>{t("dashboard.waiting")}</dt>
      <dd>{number(of.waiting.calls, i18n.language)}</dd>
      <dt>{t("dashboard.spool")}</dt>
      <dd>{bytes(of.storage.spoolBytes, locale(i18n.language))}</dd>
    </dl>
  );
  return <Managed title={t("dashboard.recorder")} inside={inside} />;
}

const DAY_MS = 86_400_000;
/** What lies farther ahead is no forecast. */
const AHEAD_DAYS = 730;

export function Storage() {
  const { t, i18n } = useTranslation();
  const size = (count: number) => bytes(count, locale(i18n.language));
  const inside = ({ storage, time }: System) => {
    const { diskTotalBytes: total, diskFreeBytes: free, fullAt, perDayBytes } = storage;
    const count = fullAt ? Math.round((Date.parse(fullAt) - Date.parse(time)) / DAY_MS) : 0;
    return (
      <div className={css.storage}>
        <p>{t("dashboard.used", { used: size(total - free), total: size(total) })}</p>
        <meter
          min={0}
          max={total}
          value={total - free}
          aria-label={t("dashboard.usedPart")}
          className={css.disk}
        />
        <p>
          {fullAt && count <= AHEAD_DAYS
            ? t("dashboard.full", {
                day: write(fullAt, "day", i18n.language),
                days: t("dashboard.days", { count }),
              })
            : t("dashboard.noForecast")}
        </p>
        {perDayBytes != null && <p>{t("dashboard.growth", { size: size(perDayBytes) })}</p>}
        <Link to="/storage" className={css.link}>
          {t("dashboard.seeStorage")}
        </Link>
      </div>
    );
  };
  return <Managed title={t("dashboard.storage")} inside={inside} />;
}
