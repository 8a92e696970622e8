/** One recording: hear it, and see what is known of it. `#t=04:37` is a moment. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { Refused } from "../../api/errors";
import { recordingDetail } from "../../api/recording";
import { mayListen } from "../../api/recordings";
import { readMoment } from "../../lib/paths";
import { localParty, partiesOf, remoteParty } from "../../lib/text";
import { length, write } from "../../lib/time";
import type { Track } from "../../player/engine";
import * as engine from "../../player/engine";
import { loopOf } from "../../player/spans";
import { usePlayerKeys } from "../../player/use";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { Empty, Notice } from "../../ui/notice";
import { useTitle } from "../../ui/title";
import { Trouble } from "../Trouble";
import { Actions } from "./Actions";
import css from "./Detail.module.css";
import { DetailPlayer } from "./DetailPlayer";
import { EvidenceCard } from "./EvidenceCard";
import { Call } from "./facts";
import { Listeners } from "./Listeners";
import { Moments } from "./Moments";
import { Neighbours } from "./Neighbours";
import { NoteCard } from "./NoteCard";
import { Parties } from "./Parties";
import { QualityCard } from "./QualityCard";
import { nameOf } from "./who";

const route = getRouteApi("/inside/recordings/$id");

export function Detail() {
  const { id } = route.useParams();
  const detail = useQuery(recordingDetail(id));
  if (detail.data) return <Shown key={id} recording={detail.data} />;
  if (detail.isPending) return null;
  return <NotShown error={detail.error} retry={() => void detail.refetch()} />;
}

function Shown({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const view = route.useSearch();
  const navigate = useNavigate();
  const parties = partiesOf(recording);
  const left = localParty(parties, t("list.withheld")).name;
  const right = remoteParty(parties, t("list.withheld")).name;
  const { id, durationMs, startTime } = recording;
  // Notes, tags and marks make no other sound of it.
  const track = useMemo(
    (): Track => ({ id, left, right, durationMs, startTime }),
    [id, left, right, durationMs, startTime],
  );
  const audible = mayListen(recording);
  useSound(track, audible);
  const outgoing = recording.direction === "outgoing";
  const [caller, called] = outgoing ? [track.left, track.right] : [track.right, track.left];
  useTitle(`${caller} → ${called}`);
  const playerKeys = usePlayerKeys(() => audible);
  useKeys({
    ...playerKeys,
    Escape: () => {
      // A loop is let go first.
      if (engine.playing().loop) engine.setLoop(undefined);
      else void navigate({ to: "/recordings", search: view });
    },
  });
  return (
    <div className={css.page}>
      <header className={css.head}>
        <nav aria-label={t("detail.crumb")}>
          <Link to="/recordings" search={view}>
            <Icon name="back" />
            {t("app.recordings")}
          </Link>
          <span className="mono">{recording.referenceNumber}</span>
        </nav>
        <Neighbours id={recording.id} view={view} />
      </header>
      <div className={css.body}>
        <div className={css.top}>
          <Title {...{ recording, caller, called }} />
          <Actions {...{ recording, audible, view }} />
        </div>
        <State recording={recording} />
        <DetailPlayer {...{ recording, track, audible }} />
        <div className={css.columns}>
          <div>
            <NoteCard recording={recording} />
            <Moments recording={recording} track={track} audible={audible} />
            <Parties recording={recording} />
            <Call recording={recording} view={view} />
          </div>
          <div>
            <EvidenceCard recording={recording} />
            <QualityCard recording={recording} />
            <Listeners id={recording.id} />
          </div>
        </div>
      </div>
    </div>
  );
}

function Title({ recording, caller, called }: TitleProps) {
  const { t, i18n } = useTranslation();
  const group = recording.owner?.group;
  const facts = [
    t(`list.${recording.direction}`),
    write(recording.startTime, "full", i18n.language),
    length(recording.durationMs),
    group,
  ];
  return (
    <div className={css.title}>
      <h1>
        {caller} <Icon name={recording.direction === "unknown" ? "none" : "arrow"} /> {called}
      </h1>
      <p>{facts.filter(Boolean).join(" · ")}</p>
    </div>
  );
}

interface TitleProps {
  recording: Recording;
  caller: string;
  called: string;
}

/** What somebody who listens has to know first. */
function State({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const { state, reason, undecoded, sidesAssumed, hold, preservedBy } = recording;
  return (
    <>
      {state === "interrupted" && (
        <Notice kind="warn" fact={t("detail.interrupted")}>
          <span lang="en">{reason}</span>
        </Notice>
      )}
      {state === "failed" && (
        <Notice kind="error" fact={t("detail.failed")}>
          {t("detail.failedMore")} <span lang="en">{reason}</span>
        </Notice>
      )}
      {undecoded.length > 0 && (
        <Notice kind="warn" fact={t("detail.undecoded", { codecs: undecoded.join(", ") })}>
          {t("detail.undecodedMore")}
        </Notice>
      )}
      {sidesAssumed && recording.durationMs > 0 && (
        <Notice kind="info" fact={t("detail.assumed")}>
          {t("detail.assumedMore")}
        </Notice>
      )}
      {hold && (
        <Notice
          kind="info"
          fact={t("detail.heldBy", { who: nameOf(hold.by), reason: hold.reason })}
        />
      )}
      {preservedBy && (
        <Notice kind="info" fact={t("detail.preservedBy", { who: nameOf(preservedBy) })} />
      )}
    </>
  );
}

/** Takes the sound, at the moment that the address names; it stays silent until asked. */
function useSound(track: Track, audible: boolean) {
  useEffect(() => {
    if (!audible) return;
    const named = readMoment(window.location.hash);
    const atMs = named?.fromMs;
    const same = engine.playing().track?.id === track.id;
    engine.load(track, atMs ?? 0);
    if (same && atMs !== undefined) engine.seek(atMs);
    if (named?.toMs !== undefined) {
      engine.setLoop(loopOf(named.fromMs, named.toMs, track.durationMs));
    }
    engine.showInPage(true);
    return () => {
      engine.showInPage(false);
      // What was never played need not follow around.
      if (!engine.playing().on && engine.positionMs() === (atMs ?? 0)) engine.unload();
    };
  }, [track, audible]);
}

function NotShown({ error, retry }: { error: unknown; retry: () => void }) {
  const { t, i18n } = useTranslation();
  useTitle(t("list.title"));
  const back = <Link to="/recordings">{t("trouble.toRecordings")}</Link>;
  if (error instanceof Refused && error.tombstone) {
    const { at, by, reason, sha256 } = error.tombstone;
    const time = write(at, "full", i18n.language);
    return (
      <Empty page icon="none" title={t("detail.deletedOn", { time })} actions={back}>
        <p>{t("detail.deletedBy", { who: by.username, reason })}</p>
        <p className="mono">{t("detail.deletedHash", { hash: sha256 })}</p>
      </Empty>
    );
  }
  if (error instanceof Refused && (error.status === 404 || error.status === 400)) {
    const title = error.status === 404 ? t("trouble.notFound") : t("trouble.badId");
    return (
      <Empty page icon="search" title={title} actions={back}>
        <p>{t("trouble.notFoundMore")}</p>
      </Empty>
    );
  }
  return <Trouble error={error} retry={retry} page />;
}
