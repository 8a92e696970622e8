/** Calls that ended a moment ago: on their way, or there to be heard. */

import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Recording, Summary } from "../../api/client";
import { endedRecently, justEnded, type Live, type Running } from "../../api/live";
import { recordingDetail } from "../../api/recording";
import { useMe } from "../../api/session";
import { localParty, type Party, partiesOf, remoteParty } from "../../lib/text";
import { ago, length, write } from "../../lib/time";
import type { IconName } from "../../ui/icons";
import { Pill } from "../../ui/pill";
import { Direction, PlayCell, QualityBars } from "../recordings/cells";
import css from "./Ended.module.css";
import { parties } from "./parts";

interface Entry {
  id: string;
  /** The recording, where there is one. */
  recording: Parameters<typeof PlayCell>[0]["of"] | undefined;
  /** What the list says of it. */
  listed?: Summary;
  state: "finishing" | "notKept" | "ready" | "interrupted" | "failed";
  direction: Summary["direction"];
  local: Party;
  remote: Party;
  endMs: number;
  durationMs: number;
}

export function Ended({ live, now }: { live: Live; now: number }) {
  const { t } = useTranslation();
  const entries = useEntries(live);
  if (entries.length === 0) return null;
  return (
    <section>
      <h2 className={css.heading}>{t("live.ended")}</h2>
      <ul className={css.list} aria-label={t("live.endedCaption")}>
        {entries.map((entry) => (
          <Row key={entry.id} of={entry} now={now} />
        ))}
      </ul>
    </section>
  );
}

const PILLS: Record<Entry["state"], ["plain" | "ok" | "warn" | "rec", IconName]> = {
  finishing: ["plain", "length"],
  notKept: ["plain", "none"],
  ready: ["ok", "done"],
  interrupted: ["warn", "warning"],
  failed: ["rec", "failed"],
};

function Row({ of, now }: { of: Entry; now: number }) {
  const { t, i18n } = useTranslation();
  const [kind, icon] = PILLS[of.state];
  const state = of.state === "interrupted" || of.state === "failed" ? "list" : "live";
  return (
    <li>
      <span className={css.state}>
        <Pill {...{ kind, icon }}>{t(`${state}.${of.state}` as "live.ready")}</Pill>
      </span>
      <span className={css.length}>{length(of.durationMs)}</span>
      <span className={css.party}>
        <span className={css.name} title={of.local.name}>
          {of.local.name}
        </span>
        <span className={css.number}>{of.local.number}</span>
      </span>
      <span className={css.party}>
        <Direction of={of.direction} />
        <Remote of={of} />
      </span>
      <span className={css.sound}>
        {of.recording ? (
          <>
            <PlayCell of={of.recording} />
            {of.listed && <QualityBars of={of.listed} />}
          </>
        ) : (
          t(of.state === "notKept" ? "live.nothingKept" : "live.safe")
        )}
      </span>
      <span className={css.when}>
        {write(new Date(of.endMs), "time", i18n.language)}, {ago(now - of.endMs, i18n.language)}
      </span>
    </li>
  );
}

function Remote({ of }: { of: Entry }) {
  const name = (
    <span className={css.name} title={of.remote.name}>
      {of.remote.name}
    </span>
  );
  return (
    <>
      {of.recording ? (
        <Link to="/recordings/$id" params={{ id: of.id }} search={{}} className={css.open}>
          {name}
        </Link>
      ) : (
        name
      )}
      <span className={css.number}>{of.remote.number}</span>
    </>
  );
}

function useEntries(live: Live): Entry[] {
  const { t } = useTranslation();
  const { may } = useMe();
  const withheld = t("list.withheld");
  const recent = useQuery({ ...justEnded, enabled: may.includes("list") });
  const { refetch } = recent;
  const settled = live.settled.length;
  useEffect(() => {
    if (settled > 0 && may.includes("list")) void refetch();
  }, [settled, may, refetch]);
  const listed = (recent.data ?? []).filter((one) => endedRecently(one.startTime, one.durationMs));
  // Those that began too long ago to be in that list.
  const others = live.settled.filter((id) => !listed.some((one) => one.id === id));
  const details = useQueries({
    queries: others.map((id) => ({
      ...recordingDetail(id),
      enabled: recent.isFetched && !recent.isFetching,
      retry: false,
    })),
  });
  const finishing = (live.calls ?? []).filter((call) => call.state === "processing");
  const entries = [
    ...finishing.map((call) => entryOfCall(call, "finishing", withheld)),
    ...live.discarded.map((call) => entryOfCall(call, "notKept", withheld)),
    ...listed.map((one) => ({ ...entryOf(one, withheld), listed: one })),
    ...details.flatMap(({ data }) => (data ? [entryOf(named(data), withheld)] : [])),
  ];
  return entries
    .filter((entry, index) => entries.findIndex((other) => other.id === entry.id) === index)
    .sort((one, other) => other.endMs - one.endMs);
}

type Known = NonNullable<Entry["recording"]> & Pick<Summary, "state" | "direction">;

function entryOf(recording: Known, withheld: string): Entry {
  const { id, direction, durationMs } = recording;
  const bad = { interrupted: "interrupted", failed: "failed" } as const;
  return {
    id,
    recording,
    state: bad[recording.state as keyof typeof bad] ?? "ready",
    direction,
    local: localParty(recording, withheld),
    remote: remoteParty(recording, withheld),
    endMs: Date.parse(recording.startTime) + durationMs,
    durationMs,
  };
}

function entryOfCall(call: Running, state: "finishing" | "notKept", withheld: string): Entry {
  const { id, direction, durationMs } = call;
  const endMs = call.beganMs + durationMs;
  return {
    id,
    recording: undefined,
    state,
    direction,
    ...parties(call, withheld),
    endMs,
    durationMs,
  };
}

function named(recording: Recording): Known {
  const { id, state, direction, startTime, durationMs, allowed } = recording;
  return { id, state, direction, startTime, durationMs, allowed, ...partiesOf(recording) };
}
