/** Calls in progress, as they are now. */

import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Refused } from "../../api/errors";
import { type Live as Following, type Running, refreshLive, useLive, wish } from "../../api/live";
import { noticeExpired } from "../../api/session";
import { number, write } from "../../lib/time";
import * as ear from "../../player/ear";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { Empty, Notice } from "../../ui/notice";
import { Page } from "../../ui/page";
import { toast } from "../../ui/toast";
import { Trouble } from "../Trouble";
import { Calls } from "./Calls";
import { Ended } from "./Ended";
import css from "./Live.module.css";
import { parties } from "./parts";

export function Live() {
  const { t } = useTranslation();
  const live = useLive();
  const now = useNow(live);
  const [filter, setFilter] = useState("");
  const running = (live.calls ?? []).filter((call) => call.state === "recording");
  const counts = useCounts(running);
  return (
    <Page
      wide
      title={t("live.title")}
      aside={live.calls && counts}
      tools={
        <>
          <Fresh live={live} />
          <Filter text={filter} change={setFilter} />
        </>
      }
    >
      <Spoken text={live.calls ? counts : ""} />
      <Inside {...{ live, running, now, filter, setFilter }} />
    </Page>
  );
}

interface InsideProps {
  live: Following;
  running: Running[];
  now: number;
  filter: string;
  setFilter: (text: string) => void;
}

function Inside({ live, running, now, filter, setFilter }: InsideProps) {
  const { t } = useTranslation();
  const [stopping, setStopping] = useState<Running>();
  const hearing = useHearing();
  const matching = useMatching(running, filter);
  if (live.refused?.status === 403) return <Empty icon="hold" title={t("live.noRight")} />;
  if (live.refused?.status === 503) return <Empty icon="info" title={t("live.noRecorder")} />;
  if (!live.calls) {
    const lost = live.refused ?? (live.lostSince && new Error("no answer"));
    return lost ? <Trouble error={lost} retry={() => window.location.reload()} /> : null;
  }
  return (
    <>
      <HearingTrouble hearing={hearing} />
      {matching.length > 0 && (
        <>
          <Calls calls={matching} now={now} hearing={hearing} stop={setStopping} />
          <p className={css.tip}>
            <Icon name="info" /> <span>{t("live.tip")}</span>
          </p>
        </>
      )}
      {running.length === 0 && (
        <Empty icon="live" title={t("live.none")}>
          <p>{t("live.noneMore")}</p>
        </Empty>
      )}
      {running.length > 0 && matching.length === 0 && (
        <Empty
          icon="search"
          title={t("live.noneFiltered", { filter })}
          actions={<Button onClick={() => setFilter("")}>{t("live.dropFilter")}</Button>}
        />
      )}
      <Ended live={live} now={now} />
      <StopDialog of={stopping} close={() => setStopping(undefined)} />
    </>
  );
}

/** The time, each second; and what has no events of its own asked for as often. */
function useNow(live: Following): number {
  const [now, setNow] = useState(Date.now);
  const some = live.calls?.some((call) => call.state === "recording") ?? false;
  useEffect(() => {
    const timer = window.setInterval(() => {
      setNow(Date.now());
      if (some && document.visibilityState === "visible") void refreshLive();
    }, 1000);
    return () => window.clearInterval(timer);
  }, [some]);
  // Nothing began after now.
  return Math.max(now, ...(live.calls ?? []).map((call) => call.beganMs));
}

function useHearing(): ear.Hearing {
  // Nobody listens to what is not in view.
  useEffect(() => ear.stop, []);
  return useSyncExternalStore(ear.subscribe, ear.hearing);
}

function HearingTrouble({ hearing }: { hearing: ear.Hearing }) {
  const { t } = useTranslation();
  const { ended } = hearing;
  if (!ended) return null;
  const refused = ended.error instanceof Refused ? ended.error : undefined;
  if (refused?.status === 404) return <Note kind="info" fact={t("live.heardEnd")} />;
  return (
    <Note kind="warn" fact={t("live.heardTrouble")}>
      {refused ? <span lang="en">{refused.detail}</span> : t("trouble.lost")}
    </Note>
  );
}

function Note(props: Parameters<typeof Notice>[0]) {
  return (
    <div className={css.note}>
      <Notice {...props} />
    </div>
  );
}

function useMatching(calls: Running[], filter: string): Running[] {
  const { t } = useTranslation();
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return calls;
  return calls.filter((call) => {
    const { local, remote } = parties(call, t("list.withheld"));
    const { localNumber, remoteNumber, client, deviceName, owner } = call;
    const text = [local.name, remote.name, localNumber, remoteNumber, client, deviceName];
    const all = [...text, owner?.group, owner?.username].join("\n").toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

function useCounts(running: Running[]): string {
  const { t, i18n } = useTranslation();
  const kept = running.filter((call) => call.kept && !call.paused).length;
  const now = t("live.now", {
    count: running.length,
    n: number(running.length, i18n.language),
  });
  return `${now}, ${t("live.kept", { n: number(kept, i18n.language) })}`;
}

/** A line that is lost for a moment is no news: it is opened again at once. */
const NEWS_MS = 3000;

function Fresh({ live }: { live: Following }) {
  const { t, i18n } = useTranslation();
  const lost = live.lostSince !== undefined && Date.now() - live.lostSince > NEWS_MS;
  if (!live.calls && !lost) return <span className={css.fresh}>{t("live.connecting")}</span>;
  const time = write(new Date(live.lostSince ?? 0), "time", i18n.language);
  return (
    <span className={lost ? css.lost : css.fresh} data-on={!lost || undefined}>
      {lost ? t("live.lost", { time }) : t("live.fresh")}
    </span>
  );
}

function Filter({ text, change }: { text: string; change: (text: string) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => input.current?.focus() });
  return (
    <label className={css.filter}>
      <Icon name="search" />
      <span className="unseen">{t("live.filter")}</span>
      <input
        ref={input}
        value={text}
        placeholder={t("live.filterHint")}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") change("");
        }}
      />
      <span aria-hidden="true">
        <kbd>/</kbd>
      </span>
    </label>
  );
}

const SPOKEN_MS = 5000;

/** The counts, for those who hear the page: at most every five seconds. */
function Spoken({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    const timer = window.setInterval(() => setSaid(latest.current), SPOKEN_MS);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <p role="status" className="unseen">
      {said}
    </p>
  );
}

function StopDialog({ of, close }: { of: Running | undefined; close: () => void }) {
  const { t } = useTranslation();
  const stop = useMutation({
    mutationFn: (id: string) => wish(id, "stop"),
    onSuccess: () => {
      toast(t("live.stopped"));
      close();
    },
    onError: noticeExpired,
  });
  const detail = stop.error instanceof Refused ? stop.error.detail : t("trouble.lost");
  const who = of && parties(of, t("list.withheld"));
  return (
    <Dialog
      open={of !== undefined}
      close={() => {
        stop.reset();
        close();
      }}
      title={t("live.stopTitle")}
      action={t("live.stop")}
      danger
      busy={stop.isPending}
      trouble={stop.isError && <Notice kind="error" fact={detail} />}
      submit={() => of && stop.mutate(of.id)}
    >
      <p className={css.asked}>
        <b>{who?.local.name}</b> {who?.local.number} · <b>{who?.remote.name}</b>{" "}
        {who?.remote.number}
      </p>
      <p>
        {t("live.stopMore")} {t("live.stopAgain")}
      </p>
    </Dialog>
  );
}
