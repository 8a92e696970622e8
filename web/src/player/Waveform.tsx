/**
 * Two lanes: ours above, theirs below. Drawn twice, as played and as ahead, and the played one is
 * cut at the place, so that playing draws nothing. Also the slider of the place.
 */

import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { recordingPeaks } from "../api/recordings";
import { length, place } from "../lib/time";
import { useMedia } from "../ui/media";
import { theme } from "../ui/theme";
import type { Track } from "./engine";
import * as engine from "./engine";
import { type Bars, bars } from "./outline";
import { useFrames, usePlace } from "./use";
import css from "./Waveform.module.css";

export interface Stretch {
  kind: "masked" | "missing";
  fromMs: number;
  toMs: number;
  label: string;
}

interface Props {
  track: Track;
  /** Two lanes with room, or a strip. */
  large?: boolean;
  stretches?: Stretch[];
}

/** A bar and the room beside it, in pixels. */
const BAR = 2;
const STEP = 4;

export function Waveform({ track, large = false, stretches = [] }: Props) {
  const { t } = useTranslation();
  const peaks = useQuery(recordingPeaks(track.id));
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const outline = peaks.data;
  const shape = useMemo(
    () => (outline && width > 0 ? bars(outline, Math.max(1, Math.floor(width / STEP))) : undefined),
    [outline, width],
  );
  useFrames((ms) => {
    const share = track.durationMs > 0 ? Math.min(1, ms / track.durationMs) : 0;
    box.current?.style.setProperty("--place", `${(share * 100).toFixed(3)}%`);
  });
  const seekTo = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    engine.seek(((event.clientX - left) / width) * track.durationMs);
  };
  return (
    <div ref={box} className={`${css.box} ${large ? css.large : css.strip}`}>
      {shape && (
        <div
          className={css.picture}
          role="img"
          aria-label={t("player.waveform", { left: track.left, right: track.right })}
        >
          <Lanes shape={shape} width={width} ahead />
          <div className={css.played}>
            <Lanes shape={shape} width={width} />
          </div>
        </div>
      )}
      {outline === null && <p className={css.words}>{t("player.noPicture")}</p>}
      {peaks.isPending && large && <p className={css.words}>{t("player.drawing")}</p>}
      {stretches.map((stretch) => (
        <StretchBlock key={`${stretch.kind} ${stretch.fromMs}`} stretch={stretch} track={track} />
      ))}
      <div className={css.head} />
      <Slider track={track} seekTo={seekTo} />
    </div>
  );
}

function Slider({ track, seekTo }: SliderProps) {
  const { t } = useTranslation();
  const now = usePlace();
  const dragging = useRef(false);
  const keyed = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: -10_000, ArrowRight: 10_000 };
    const step = steps[event.key];
    if (step !== undefined) engine.nudge(event.shiftKey ? step / 10 : step);
    else if (event.key === "Home") engine.seek(0);
    else if (event.key === "End") engine.seek(track.durationMs);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className={css.slider}
      role="slider"
      tabIndex={0}
      aria-label={t("player.place")}
      aria-valuemin={0}
      aria-valuemax={Math.round(track.durationMs / 1000)}
      aria-valuenow={Math.round(now / 1000)}
      aria-valuetext={t("player.placeText", {
        place: place(now),
        length: length(track.durationMs),
      })}
      onKeyDown={keyed}
      onPointerDown={(event) => {
        dragging.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        seekTo(event);
      }}
      onPointerMove={(event) => dragging.current && seekTo(event)}
      onPointerUp={() => {
        dragging.current = false;
      }}
      onPointerCancel={() => {
        dragging.current = false;
      }}
    />
  );
}

interface SliderProps {
  track: Track;
  seekTo: (event: PointerEvent<HTMLDivElement>) => void;
}

/** Paused or missing sound, as wide as it was long. */
function StretchBlock({ stretch, track }: { stretch: Stretch; track: Track }) {
  const block = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const share = (ms: number) => `${(ms / track.durationMs) * 100}%`;
    block.current?.style.setProperty("left", share(stretch.fromMs));
    block.current?.style.setProperty("width", share(stretch.toMs - stretch.fromMs));
  }, [stretch, track]);
  return (
    <div ref={block} className={css[stretch.kind]} aria-hidden="true">
      <span>{stretch.label}</span>
    </div>
  );
}

function Lanes({ shape, width, ahead = false }: LanesProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme has other colours
  useEffect(() => {
    if (canvas.current) draw(canvas.current, shape, width, ahead);
  }, [shape, width, ahead, scheme]);
  return <canvas ref={canvas} className={css.lanes} />;
}

interface LanesProps {
  shape: Bars;
  width: number;
  ahead?: boolean;
}

function draw(canvas: HTMLCanvasElement, shape: Bars, width: number, ahead: boolean) {
  const height = canvas.clientHeight;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const brush = canvas.getContext("2d");
  if (!brush) return;
  brush.scale(scale, scale);
  const lane = height / 2;
  const style = getComputedStyle(canvas);
  for (const [index, side] of (["left", "right"] as const).entries()) {
    brush.fillStyle = style.getPropertyValue(ahead ? `--seen-${side}-ahead` : `--seen-${side}`);
    const middle = lane * index + lane / 2;
    for (const [bar, value] of shape[side].entries()) {
      const tall = Math.max(1.2, value * lane * 0.84);
      brush.fillRect(bar * STEP, middle - tall / 2, BAR, tall);
    }
  }
}

function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

/** Changes when the colours do. */
function useScheme(): string {
  const dark = useMedia("(prefers-color-scheme: dark)");
  const [chosen, setChosen] = useState(theme);
  useEffect(() => {
    const changed = new MutationObserver(() => setChosen(theme()));
    changed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => changed.disconnect();
  }, []);
  return `${dark} ${chosen}`;
}
