/**
 * The lanes with room: zoomed into, followed, with what happens in them, and a stretch of them to
 * hear again and again. What is drawn here stands in the list of moments too.
 */

import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { recordingPeaks } from "../api/recordings";
import { place } from "../lib/time";
import { Button } from "../ui/button";
import { barsIn, Lanes, useWidth } from "./canvas";
import type { Track } from "./engine";
import * as engine from "./engine";
import { type Flag, Flags } from "./Flags";
import { LoopHandles } from "./LoopHandles";
import { Overview } from "./Overview";
import { bars } from "./outline";
import { PlaceSlider } from "./PlaceSlider";
import { usePointing } from "./pointing";
import type { Span } from "./spans";
import css from "./Timeline.module.css";
import { useFrames, usePlaying } from "./use";
import lanes from "./Waveform.module.css";
import { following, isWhole, ticks } from "./zoom";

export interface Stretch extends Span {
  kind: "masked" | "missing";
  label: string;
}

interface Props {
  track: Track;
  view: Span;
  show: (view: Span) => void;
  stretches: Stretch[];
  flags: Flag[];
}

/** Room for a written time, in pixels. */
const TICK_WIDTH = 72;

export function Timeline({ track, view, show, stretches, flags }: Props) {
  const { t } = useTranslation();
  const { durationMs } = track;
  const peaks = useQuery(recordingPeaks(track.id));
  const { loop, sought } = usePlaying();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [followed, follow] = useState(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: going elsewhere is followed again
  useEffect(() => follow(true), [sought]);
  const scroll = useCallback(
    (next: Span) => {
      follow(false);
      show(next);
    },
    [show],
  );
  const draw = (ms: number) => {
    const share = view.toMs > view.fromMs ? (ms - view.fromMs) / (view.toMs - view.fromMs) : 0;
    const inView = Math.min(1, Math.max(0, share));
    box.current?.style.setProperty("--place", `${(inView * 100).toFixed(3)}%`);
    box.current?.toggleAttribute("data-away", share < 0 || share > 1);
    if (!followed) return;
    const next = following(view, ms, durationMs);
    if (next !== view) show(next);
  };
  useFrames(draw);
  // Where nothing plays, no frame comes by itself.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only these move the playhead
  useEffect(() => draw(engine.positionMs()), [view, followed]);
  // Who zooms where nothing plays looks there.
  const zoom = (next: Span) => {
    const now = engine.positionMs();
    if (now >= next.fromMs && now <= next.toMs) show(next);
    else scroll(next);
  };
  const pointing = usePointing({ box, track, view, show: zoom, scroll });
  const zoomedIn = !isWhole(view, durationMs);
  return (
    <div className={css.timeline}>
      <Flags {...{ flags, view, width, show, durationMs }} />
      <div ref={box} className={`${lanes.box} ${lanes.large}`} data-testid="lanes">
        <Picture {...{ track, view, width }} />
        {peaks.data === null && <p className={lanes.words}>{t("player.noPicture")}</p>}
        {peaks.isPending && <p className={lanes.words}>{t("player.drawing")}</p>}
        <div className={css.stretches} aria-hidden="true">
          {stretches.map((one) => (
            <div
              key={`${one.kind} ${one.fromMs}`}
              className={css[one.kind]}
              style={across(one, view)}
            >
              <span>{one.label}</span>
            </div>
          ))}
          {loop && <div className={css.loop} style={across(loop, view)} />}
        </div>
        <div className={lanes.head} />
        <PlaceSlider track={track} {...pointing} />
        {loop && <LoopHandles {...{ loop, view, durationMs, box }} />}
        {zoomedIn && !followed && (
          <span className={css.follow}>
            <Button small onClick={() => follow(true)}>
              {t("player.follow")}
            </Button>
          </span>
        )}
      </div>
      <div className={css.ticks} aria-hidden="true">
        {ticks(view, Math.max(1, width / TICK_WIDTH)).map((at) => (
          <span key={at} style={{ left: `${sharePercent(at, view)}%` }}>
            {place(at)}
          </span>
        ))}
      </div>
      {zoomedIn && <Overview {...{ track, view }} show={scroll} />}
    </div>
  );
}

function Picture({ track, view, width }: { track: Track; view: Span; width: number }) {
  const { t } = useTranslation();
  const { data: outline } = useQuery(recordingPeaks(track.id));
  const { jumping, silences } = usePlaying();
  const { durationMs } = track;
  const count = barsIn(width);
  const shape = useMemo(
    () =>
      outline && width > 0
        ? bars(outline, count, view.fromMs / durationMs, view.toMs / durationMs)
        : undefined,
    [outline, width, count, view, durationMs],
  );
  const thin = useCallback(
    (bar: number) => {
      const at = view.fromMs + ((bar + 0.5) / count) * (view.toMs - view.fromMs);
      return jumping && silences.some((one) => at >= one.fromMs && at <= one.toMs);
    },
    [jumping, silences, view, count],
  );
  if (!shape) return null;
  return (
    <div
      className={lanes.picture}
      role="img"
      aria-label={t("player.waveform", { left: track.left, right: track.right })}
    >
      <Lanes {...{ shape, width, thin }} ahead />
      <div className={lanes.played}>
        <Lanes {...{ shape, width, thin }} />
      </div>
    </div>
  );
}

function sharePercent(ms: number, view: Span): number {
  return ((ms - view.fromMs) / Math.max(1, view.toMs - view.fromMs)) * 100;
}

/** Where a stretch is in a view. */
function across(stretch: Span, view: Span) {
  const left = sharePercent(stretch.fromMs, view);
  return { left: `${left}%`, width: `${sharePercent(stretch.toMs, view) - left}%` };
}
