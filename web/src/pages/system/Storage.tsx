/** Storage: where recordings and calls in progress lie, and how long there is room. */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/session";
import { type System, system } from "../../api/system";
import { bytes } from "../../lib/text";
import { write } from "../../lib/time";
import { NotYours } from "../../ui/NotYours";
import { Notice } from "../../ui/notice";
import { Card, Page } from "../../ui/page";
import { Trouble } from "../Trouble";
import css from "./system.module.css";

export function Storage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const allowed = may.includes("managePeople");
  const now = useQuery({ ...system, enabled: allowed });
  if (!allowed) return <NotYours title={t("system.storage")} />;
  return (
    <Page title={t("system.storage")}>
      {now.isError && <Trouble error={now.error} retry={() => void now.refetch()} />}
      {now.data && <Room of={now.data} />}
    </Page>
  );
}

function Room({ of }: { of: System }) {
  const { t, i18n } = useTranslation();
  const size = (count: number) => bytes(count, i18n.language);
  const { storage, waiting } = of;
  const { diskTotalBytes: total, diskFreeBytes: free } = storage;
  return (
    <div className={css.cards}>
      {storage.fullAt ? (
        <Notice
          kind="warn"
          fact={t("system.fullAt", { day: write(storage.fullAt, "day", i18n.language) })}
        >
          {t("system.fullMore")}
        </Notice>
      ) : (
        <Notice kind="info" fact={t("system.noForecast")}>
          {t("system.noForecastMore")}
        </Notice>
      )}
      <Card
        title={t("system.disk")}
        aside={t("system.freeOf", { free: size(free), total: size(total) })}
      >
        <div className={css.inside}>
          <meter
            className={css.meter}
            min={0}
            max={total}
            value={total - free}
            aria-label={t("system.used")}
          />
          <dl className={css.facts}>
            <Fact name={t("system.archive")} value={size(storage.archiveBytes)} />
            <Fact name={t("system.spool")} value={size(storage.spoolBytes)} />
            {of.spoolLimitBytes != null && (
              <Fact name={t("system.spoolLimit")} value={size(of.spoolLimitBytes)} />
            )}
            {storage.perDayBytes != null && (
              <Fact name={t("system.perDay")} value={size(storage.perDayBytes)} />
            )}
          </dl>
        </div>
      </Card>
      <Card title={t("system.waiting")}>
        <div className={css.inside}>
          <dl className={css.facts}>
            <Fact name={t("system.waitingCalls")} value={String(waiting.calls)} />
            <Fact
              name={t("system.oldest")}
              value={
                waiting.oldestEndedAt
                  ? write(waiting.oldestEndedAt, "dayTime", i18n.language)
                  : t("system.nothingWaits")
              }
            />
          </dl>
        </div>
      </Card>
    </div>
  );
}

export function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="figures">{value}</dd>
    </div>
  );
}
