/** The whole call below a part of it, and the part as a window that can be pulled along. */

import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { recordingPeaks } from "../api/recordings";
import { place } from "../lib/time";
import { barsIn, Lanes, useWidth } from "./canvas";
import type { Track } from "./engine";
import { bars } from "./outline";
import type { Span } from "./spans";
import css from "./Timeline.module.css";
import { useFrames } from "./use";
import lanes from "./Waveform.module.css";
import { moved } from "./zoom";

interface Props {
  track: Track;
  view: Span;
  show: (view: Span) => void;
}

export function Overview({ track, view, show }: Props) {
  const { t } = useTranslation();
  const { durationMs } = track;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { data: outline } = useQuery(recordingPeaks(track.id));
  const shape = useMemo(
    () => (outline && width > 0 ? bars(outline, barsIn(width)) : undefined),
    [outline, width],
  );
  useFrames((ms) => box.current?.style.setProperty("--place", `${(ms / durationMs) * 100}%`));
  const grip = useRef<number>(undefined);
  const at = (event: PointerEvent) => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return ((event.clientX - left) / width) * durationMs;
  };
  const taken = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const place = at(event);
    const inside = place >= view.fromMs && place <= view.toMs;
    // Beside the window, it comes with its middle.
    grip.current = inside ? place - view.fromMs : (view.toMs - view.fromMs) / 2;
    if (!inside) show(moved(view, place - grip.current - view.fromMs, durationMs));
  };
  const dragged = (event: PointerEvent<HTMLElement>) => {
    if (grip.current === undefined) return;
    show(moved(view, at(event) - grip.current - view.fromMs, durationMs));
  };
  const letGo = () => {
    grip.current = undefined;
  };
  const keyed = (event: KeyboardEvent) => {
    const length = view.toMs - view.fromMs;
    const steps: Record<string, number> = {
      ArrowLeft: -length / 4,
      ArrowRight: length / 4,
      PageUp: -length,
      PageDown: length,
      Home: -durationMs,
      End: durationMs,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(moved(view, step, durationMs));
  };
  return (
    <div
      ref={box}
      className={`${lanes.box} ${css.overview}`}
      onPointerDown={taken}
      onPointerMove={dragged}
      onPointerUp={letGo}
      onPointerCancel={letGo}
    >
      {shape && <Lanes {...{ shape, width }} ahead />}
      <div
        className={css.window}
        style={{
          left: `${(view.fromMs / durationMs) * 100}%`,
          width: `${((view.toMs - view.fromMs) / durationMs) * 100}%`,
        }}
        role="slider"
        tabIndex={0}
        aria-label={t("player.inView")}
        aria-valuemin={0}
        aria-valuemax={Math.round(durationMs / 1000)}
        aria-valuenow={Math.round(view.fromMs / 1000)}
        aria-valuetext={t("player.inViewText", {
          from: place(view.fromMs),
          to: place(view.toMs),
        })}
        onKeyDown={keyed}
      />
      <div className={css.needle} />
    </div>
  );
}
