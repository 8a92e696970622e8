/** System health in words: what is well, what is not, what to do about it. */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/session";
import { type System, system } from "../../api/system";
import { number, write } from "../../lib/time";
import { Icon } from "../../ui/icons";
import { NotYours } from "../../ui/NotYours";
import { Notice } from "../../ui/notice";
import { Card, Page } from "../../ui/page";
import { Trouble } from "../Trouble";
import { Fact } from "./Storage";
import css from "./system.module.css";

/** What is worst comes first. */
const ORDER = ["error", "warn", "ok"];

const ICONS = { error: "failed", warn: "warning", ok: "done" } as const;

export function Health() {
  const { t } = useTranslation();
  const { may } = useMe();
  const allowed = may.includes("managePeople");
  const now = useQuery({ ...system, enabled: allowed });
  if (!allowed) return <NotYours title={t("system.health")} />;
  return (
    <Page title={t("system.health")}>
      {now.isError && <Trouble error={now.error} retry={() => void now.refetch()} />}
      {now.data && (
        <div className={css.cards}>
          <Whole of={now.data} />
          <Areas of={now.data} />
          <Node of={now.data} />
          {now.data.counted && <Counted counted={now.data.counted} />}
        </div>
      )}
    </Page>
  );
}

function Whole({ of }: { of: System }) {
  const { t } = useTranslation();
  const bad = of.health.filter((one) => one.level !== "ok").length;
  if (!of.ready) {
    return (
      <Notice kind="error" fact={t("system.notReady")}>
        <span lang="en">{of.missing.join("; ")}</span>
      </Notice>
    );
  }
  if (bad > 0) {
    return (
      <Notice kind="warn" fact={t("system.look", { count: bad })}>
        {t("system.recordsStill")}
      </Notice>
    );
  }
  return (
    <Notice kind="ok" fact={t("system.well")}>
      {t("system.wellMore")}
    </Notice>
  );
}

function Areas({ of }: { of: System }) {
  const { t } = useTranslation();
  const areas = of.health.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
  return (
    <Card title={t("system.checked")}>
      <ul className={css.areas}>
        {areas.map((one) => {
          const level = one.level === "error" || one.level === "warn" ? one.level : "ok";
          return (
            <li key={`${one.area} ${one.fact}`} className={css[level]} lang="en">
              <Icon name={ICONS[level]} />
              <p>
                <span className="unseen">{t(`system.level.${level}`)}</span> <b>{one.fact}</b>{" "}
                {one.consequence}
                {one.advice && <span className={css.advice}>{one.advice}</span>}
              </p>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function Node({ of }: { of: System }) {
  const { t, i18n } = useTranslation();
  return (
    <Card title={t("system.node")}>
      <div className={css.inside}>
        <dl className={css.facts}>
          <Fact name={t("system.name")} value={of.node} />
          <Fact name={t("system.version")} value={of.version} />
          <Fact name={t("system.since")} value={write(of.startedAt, "dayTime", i18n.language)} />
          <Fact name={t("system.clock")} value={write(of.time, "dayTime", i18n.language)} />
          {of.listeners.map(({ kind, address }) => (
            <Fact key={`${kind} ${address}`} name={kind} value={address} />
          ))}
        </dl>
      </div>
    </Card>
  );
}

function Counted({ counted }: { counted: NonNullable<System["counted"]> }) {
  const { t, i18n } = useTranslation();
  const n = (count: number) => number(count, i18n.language);
  const refused = counted.callsRefused.reduce((sum, one) => sum + one.requests, 0);
  return (
    <Card title={t("system.counted")}>
      <div className={css.inside}>
        <dl className={css.facts}>
          <Fact name={t("system.callsTaken")} value={n(counted.callsTaken)} />
          <Fact name={t("system.callsRefused")} value={n(refused)} />
          <Fact name={t("system.available")} value={n(counted.available)} />
          <Fact name={t("system.interrupted")} value={n(counted.interrupted)} />
          <Fact name={t("system.failed")} value={n(counted.failed)} />
          <Fact name={t("system.withoutPackets")} value={n(counted.withoutPackets)} />
          <Fact name={t("system.oneWay")} value={n(counted.oneWay)} />
          <Fact name={t("system.packets")} value={n(counted.packets.received)} />
          <Fact name={t("system.lost")} value={n(counted.packets.lost)} />
          <Fact name={t("system.dropped")} value={n(counted.packets.dropped)} />
        </dl>
      </div>
    </Card>
  );
}
