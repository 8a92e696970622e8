/** The player with room: names and volumes beside the lanes, clock and tools below. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { addMark, removeMark } from "../../api/recording";
import { recordingPeaks } from "../../api/recordings";
import { length } from "../../lib/time";
import {
  LargeClock,
  PlayButton,
  SideButtons,
  SpeedButton,
  TenButtons,
} from "../../player/Controls";
import type { Side, Track } from "../../player/engine";
import * as engine from "../../player/engine";
import { SoundTrouble } from "../../player/SoundTrouble";
import { type Span, silences } from "../../player/spans";
import { Timeline } from "../../player/Timeline";
import { JumpButton, LoopButton, TogetherButton, useLoopKeys, Zoom } from "../../player/Tools";
import { usePlaying } from "../../player/use";
import { whole } from "../../player/zoom";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { Notice } from "../../ui/notice";
import { toast } from "../../ui/toast";
import css from "./DetailPlayer.module.css";
import { MarkForm } from "./MarkForm";
import { flags, stretches } from "./timeline";
import { Wrong } from "./Wrong";

interface Props {
  recording: Recording;
  track: Track;
  audible: boolean;
}

/** Hearing something, understanding it and reaching for the key takes about this long. */
const MARK_BACK_MS = 1000;

export function DetailPlayer({ recording, track, audible }: Props) {
  const { t } = useTranslation();
  if (!audible) {
    const fact = recording.durationMs === 0 ? t("player.silent") : t("player.noRight");
    return <Notice kind="info" fact={fact} />;
  }
  return <Player recording={recording} track={track} />;
}

function Player({ recording, track }: { recording: Recording; track: Track }) {
  const { t } = useTranslation();
  const { error } = usePlaying();
  const [view, show] = useState<Span>(() => whole(track.durationMs));
  const mark = useMarking(recording);
  useSilences(recording, track);
  useLoopKeys(track);
  const drawn = useMemo(
    () => ({ stretches: stretches(recording, t), flags: flags(recording, t) }),
    [recording, t],
  );
  const dropped =
    mark.atMs === undefined
      ? []
      : [{ key: "new", atMs: mark.atMs, kind: "mark" as const, text: "…" }];
  const of = t("player.of", { who: track.right, length: length(track.durationMs) });
  return (
    <section className={css.player} aria-label={of}>
      <div className={css.lanes}>
        <div className={css.strips}>
          <Strip side="left" name={track.left} number={recording.localNumber} />
          <Strip side="right" name={track.right} number={recording.remoteNumber} />
        </div>
        <Timeline
          {...{ track, view, show }}
          stretches={drawn.stretches}
          flags={[...drawn.flags, ...dropped]}
        />
      </div>
      {error ? <SoundTrouble error={error} /> : null}
      {mark.atMs !== undefined && (
        <MarkForm key={mark.atMs} atMs={mark.atMs} set={mark.set} drop={mark.drop} />
      )}
      <Wrong error={mark.error} />
      <div className={css.transport} role="toolbar" aria-label={t("player.transport")}>
        <PlayButton />
        <TenButtons />
        <LargeClock track={track} />
        <span className={css.end}>
          <SpeedButton word />
          <TogetherButton />
          <LoopButton track={track} />
          <JumpButton />
          <Button refused={mark.refused} onClick={mark.begin}>
            <Icon name="mark" />
            {t("player.mark")} <kbd>M</kbd>
          </Button>
          <Zoom {...{ track, view, show }} />
        </span>
      </div>
    </section>
  );
}

/** Dropping a mark, giving it a text, and taking it back. */
function useMarking(recording: Recording) {
  const { t } = useTranslation();
  const [atMs, drop] = useState<number>();
  const { id } = recording;
  const setting = useMutation({
    mutationFn: ({ at, text }: { at: number; text: string }) => addMark(id, at, text),
    onSuccess: (after, { at, text }) => {
      const made = after.marks.findLast(
        (one) => one.offsetMs === Math.round(at) && one.text === text,
      );
      const undo = made && (() => void removeMark(id, made.id).catch(() => undefined));
      toast(t("detail.markMade", { text }), undo);
    },
  });
  const refused = recording.allowed.includes("annotate") ? undefined : t("detail.mayNotAnnotate");
  const begin = () => {
    setting.reset();
    drop(Math.round(Math.max(0, engine.positionMs() - MARK_BACK_MS)));
  };
  useKeys(refused ? {} : { m: begin });
  return {
    atMs,
    refused,
    begin,
    error: setting.error,
    drop: () => drop(undefined),
    set: (text: string) => {
      if (atMs !== undefined) setting.mutate({ at: atMs, text: text || t("player.markDefault") });
      drop(undefined);
    },
  };
}

/** Tells the player what it may jump over. */
function useSilences(recording: Recording, track: Track) {
  const { data: outline } = useQuery(recordingPeaks(track.id));
  const marks = recording.marks;
  const quiet = useMemo(
    () =>
      outline
        ? silences(
            outline,
            marks.map((one) => one.offsetMs),
          )
        : [],
    [outline, marks],
  );
  const { track: playing } = usePlaying();
  useEffect(() => {
    if (playing?.id === track.id) engine.setSilences(quiet);
  }, [quiet, playing, track]);
}

function Strip({ side, name, number }: { side: Side; name: string; number: string }) {
  const { t } = useTranslation();
  return (
    <div className={css.strip}>
      <b className={css[side]} title={name}>
        {name}
      </b>
      <span className={css.number}>
        {[number === name ? "" : number, t(`player.${side}`)].filter(Boolean).join(" · ")}
      </span>
      <SideButtons side={side} name={name} volume />
    </div>
  );
}
