/** From an empty system to its first recording, in four steps; the page sees by itself how far. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas, Summary } from "../../api/client";
import { clients } from "../../api/clients";
import { groups, users } from "../../api/people";
import { useMe } from "../../api/session";
import { system as standing } from "../../api/system";
import { firstRecording } from "../../api/welcome";
import { bytes, remoteParty } from "../../lib/text";
import { locale, number, write } from "../../lib/time";
import { Empty } from "../../ui/notice";
import { Page } from "../../ui/page";
import { Trouble } from "../Trouble";
import { FirstRecording, TestCall } from "./FirstCall";
import { Point } from "./Point";
import { Step } from "./Step";
import css from "./Welcome.module.css";

export function Welcome() {
  const { t } = useTranslation();
  const { may } = useMe();
  return (
    <Page
      title={t("welcome.title")}
      tools={
        <Link to="/recordings" className={css.leave}>
          {t("welcome.leave")}
        </Link>
      }
    >
      {may.includes("managePeople") ? (
        <Steps />
      ) : (
        <Empty icon="hold" title={t("welcome.needsComplete")} />
      )}
    </Page>
  );
}

function Steps() {
  const { t } = useTranslation();
  const system = useQuery(standing);
  const { data: first } = useQuery(firstRecording);
  const heard = useQuery({ ...clients, refetchInterval: 3000 });
  if (system.error) return <Trouble error={system.error} retry={() => void system.refetch()} />;
  if (!system.data) return null;
  const called = heard.data?.some((one) => one.calls > 0) ?? false;
  return (
    <div className={css.steps}>
      <h2 className={css.heading}>{t("welcome.heading")}</h2>
      {!first && <p className={css.lead}>{t("welcome.nothing")}</p>}
      <ol>
        <Checked system={system.data} />
        <People />
        <Point system={system.data} heard={heard.data ?? []} done={called || Boolean(first)} />
        <Call first={first ?? undefined} />
      </ol>
    </div>
  );
}

function Checked({ system }: { system: Schemas["System"] }) {
  const { t, i18n } = useTranslation();
  const wrong = system.health.filter((one) => one.level !== "ok");
  const size = bytes(system.storage.diskFreeBytes, locale(i18n.language));
  return (
    <Step
      number={1}
      done={wrong.length === 0}
      title={t("welcome.checked")}
      action={
        wrong.length > 0 && (
          <Link to="/health" className={css.link}>
            {t("welcome.lookInto")}
          </Link>
        )
      }
    >
      {wrong.length === 0 && (
        <p>
          {t("welcome.allWell")} {t("welcome.free", { size })}
        </p>
      )}
      {wrong.map((one) => (
        <p key={one.fact} lang="en">
          <b>{one.fact}</b> {one.advice || one.consequence}
        </p>
      ))}
    </Step>
  );
}

function People() {
  const { t, i18n } = useTranslation();
  const people = useQuery(users).data?.length ?? 0;
  const inGroups = useQuery(groups).data?.length ?? 0;
  const alone = people < 2;
  const figure = (count: number) => ({ count, n: number(count, i18n.language) });
  return (
    <Step
      number={2}
      done={!alone}
      title={t("welcome.users")}
      action={
        <Link to="/users" className={css.link}>
          {t(alone ? "welcome.createUsers" : "welcome.seeUsers")}
        </Link>
      }
    >
      <p>
        {alone
          ? t("welcome.alone")
          : t("welcome.people", {
              ...figure(people),
              groups: t("welcome.groups", figure(inGroups)),
            })}
      </p>
    </Step>
  );
}

function Call({ first }: { first: Summary | undefined }) {
  const { t, i18n } = useTranslation();
  if (!first) {
    return (
      <Step number={4} done={false} title={t("welcome.call")} action={<TestCall />}>
        <p>{t("welcome.callMore")}</p>
      </Step>
    );
  }
  const who = remoteParty(first, t("list.withheld")).name;
  const time = write(first.startTime, "dayTime", i18n.language);
  return (
    <Step number={4} done title={t("welcome.first")} action={<FirstRecording of={first} />}>
      <p role="status">{t("welcome.firstMore", { who, time })}</p>
    </Step>
  );
}
