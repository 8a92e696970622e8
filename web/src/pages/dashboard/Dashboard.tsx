/** How much is recorded, how well, and whether there is room for more. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { PERIODS, type PeriodName, statistics } from "../../api/dashboard";
import { useMe } from "../../api/session";
import { system } from "../../api/system";
import { ago, dayOf, length, number, percent, write } from "../../lib/time";
import type { View } from "../../lib/view";
import { Empty, Notice } from "../../ui/notice";
import { Card, Page } from "../../ui/page";
import { Segments } from "../../ui/segments";
import { Trouble } from "../Trouble";
import { Chart } from "./Chart";
import css from "./Dashboard.module.css";
import { Recorder, Storage } from "./Node";

const route = getRouteApi("/inside/dashboard");

export function Dashboard() {
  const { t } = useTranslation();
  const { period = "today" } = route.useSearch();
  const navigate = useNavigate();
  const { may } = useMe();
  const numbers = useQuery({ ...statistics(period), enabled: may.includes("list") });
  const options = PERIODS.map((one) => [one, t(`dashboard.${one}`)] as const);
  return (
    <Page
      title={t("dashboard.title")}
      tools={
        <Segments<PeriodName>
          label={t("dashboard.period")}
          options={options}
          value={period}
          choose={(one) => void navigate({ to: "/dashboard", search: { period: one } })}
        />
      }
    >
      {!may.includes("list") && <Empty icon="hold" title={t("trouble.notAllowed")} />}
      {numbers.error && !numbers.data && (
        <Trouble error={numbers.error} retry={() => void numbers.refetch()} />
      )}
      {numbers.data && <Numbers of={numbers.data} period={period} />}
    </Page>
  );
}

function Numbers({ of, period: name }: { of: Schemas["Statistics"]; period: PeriodName }) {
  const { t } = useTranslation();
  const { notices } = useMe();
  const { period } = of;
  if (!period) return null;
  const hourly = name === "today";
  const title = t(hourly ? "dashboard.perHour" : "dashboard.perDay");
  return (
    <div className={css.dashboard}>
      {notices.map(({ level, fact, consequence }) => (
        <Notice
          key={fact}
          kind={level === "error" ? "error" : "warn"}
          fact={<span lang="en">{fact}</span>}
          action={<Link to="/health">{t("dashboard.seeHealth")}</Link>}
        >
          <span lang="en">{consequence}</span>
        </Notice>
      ))}
      <Figures of={of} period={period} />
      <div className={css.cards}>
        <Card title={title} aside={<Legend now={t(`dashboard.${name}`)} />}>
          <Chart slots={period.slots} hourly={hourly} title={title} />
        </Card>
        <Card title={t("dashboard.byGroup")} aside={t("dashboard.recordings")}>
          <Groups of={period} />
        </Card>
        <Recorder />
        <Storage />
      </div>
    </div>
  );
}

function Legend({ now }: { now: string }) {
  const { t } = useTranslation();
  return (
    <span className={css.legend} aria-hidden="true">
      <span>{now}</span>
      <span>{t("dashboard.usual")}</span>
    </span>
  );
}

function Figures({ of, period }: { of: Schemas["Statistics"]; period: Schemas["Period"] }) {
  const { t, i18n } = useTranslation();
  const days = { from: dayOf(new Date(period.from)), to: dayOf(new Date(period.to)) };
  const share = period.recordings > 0 ? period.poor / period.recordings : 0;
  return (
    <dl className={css.figures}>
      <Figure name={t("dashboard.recorded")} value={number(period.recordings, i18n.language)}>
        <Compared period={period} />
      </Figure>
      <Figure
        name={t("dashboard.running")}
        value={of.live == null ? "–" : number(of.live, i18n.language)}
      >
        {t(of.live == null ? "dashboard.noRecorder" : "dashboard.runningMore")}
      </Figure>
      <Figure name={t("dashboard.poor")} value={number(period.poor, i18n.language)}>
        {period.poor > 0 && t("dashboard.poorMore", { share: percent(share, i18n.language) })}{" "}
        <See count={period.poor} view={{ ...days, is: "poor" }} />
      </Figure>
      {(["interrupted", "failed"] as const).map((state) => (
        <Figure
          key={state}
          name={t(`dashboard.${state}`)}
          value={number(period[state], i18n.language)}
          bad={period[state] > 0}
        >
          <See count={period[state]} view={{ ...days, is: state }} />
        </Figure>
      ))}
      <Oldest />
    </dl>
  );
}

interface FigureProps {
  name: string;
  value: string;
  bad?: boolean;
  children: ReactNode;
}

function Figure({ name, value, bad, children }: FigureProps) {
  return (
    <div className={bad ? css.bad : undefined}>
      <dt>{name}</dt>
      <dd className={css.value}>{value}</dd>
      <dd className={css.more}>{children}</dd>
    </div>
  );
}

function Compared({ period }: { period: Schemas["Period"] }) {
  const { t, i18n } = useTranslation();
  const { recordings, usual } = period;
  if (usual == null || usual === 0) return t("dashboard.noUsual");
  const by = recordings / usual - 1;
  const share = percent(Math.abs(by), i18n.language);
  if (Math.abs(by) < 0.005) return t("dashboard.same");
  return t(by > 0 ? "dashboard.more" : "dashboard.fewer", { share });
}

function See({ count, view }: { count: number; view: View }) {
  const { t } = useTranslation();
  if (count === 0) return t("dashboard.none");
  return (
    <Link to="/recordings" search={view} className={css.link}>
      {t("dashboard.see")}
    </Link>
  );
}

/** How long the oldest call waits for its recording. */
function Oldest() {
  const { t, i18n } = useTranslation();
  const { may } = useMe();
  const allowed = may.includes("managePeople");
  const { data } = useQuery({ ...system, enabled: allowed });
  const name = t("dashboard.oldest");
  if (!allowed) {
    return (
      <Figure name={name} value="–">
        {t("app.needsComplete")}
      </Figure>
    );
  }
  const oldest = data?.waiting.oldestEndedAt;
  if (!data || !oldest) {
    return (
      <Figure name={name} value="–">
        {data && t("dashboard.nothingWaits")}
      </Figure>
    );
  }
  const waited = Date.parse(data.time) - Date.parse(oldest);
  const n = number(data.waiting.calls, i18n.language);
  return (
    <Figure name={name} value={length(Math.max(0, waited))}>
      {write(oldest, "time", i18n.language)}, {ago(waited, i18n.language)} ·{" "}
      {t("dashboard.waits", { count: data.waiting.calls, n })}
    </Figure>
  );
}

function Groups({ of }: { of: Schemas["Period"] }) {
  const { t, i18n } = useTranslation();
  const days = { from: dayOf(new Date(of.from)), to: dayOf(new Date(of.to)) };
  const most = Math.max(1, ...of.groups.map((one) => one.recordings));
  if (of.groups.length === 0) return <p className={css.inside}>{t("dashboard.nothing")}</p>;
  const name = ({ group }: Schemas["GroupCount"]) => {
    if (group == null) return t("dashboard.otherGroups");
    if (group === "") return t("dashboard.noGroup");
    return (
      <Link to="/recordings" search={{ ...days, group }} className={css.link}>
        {group}
      </Link>
    );
  };
  return (
    <ul className={css.groups}>
      {of.groups.map((one) => (
        <li key={one.group ?? "-"}>
          <span>{name(one)}</span>
          <span className={css.part} aria-hidden="true">
            <span style={{ width: `${(one.recordings / most) * 100}%` }} />
          </span>
          <b>{number(one.recordings, i18n.language)}</b>
        </li>
      ))}
    </ul>
  );
}
