/** The two ends of a loop: sliders, by pointer and by keys. */

import type { KeyboardEvent, PointerEvent, RefObject } from "react";
import { useTranslation } from "react-i18next";
import { tenths } from "../lib/time";
import * as engine from "./engine";
import { loopOf, type Span } from "./spans";
import css from "./Timeline.module.css";

interface Props {
  loop: Span;
  view: Span;
  durationMs: number;
  box: RefObject<HTMLDivElement | null>;
}

const STEPS: Record<string, number> = {
  ArrowLeft: -100,
  ArrowDown: -100,
  ArrowRight: 100,
  ArrowUp: 100,
};

export function LoopHandles({ loop, view, durationMs, box }: Props) {
  const { t } = useTranslation();
  const handle = (end: "fromMs" | "toMs", label: string) => {
    const ms = loop[end];
    if (ms < view.fromMs || ms > view.toMs) return null;
    const move = (to: number) => {
      const other = end === "fromMs" ? loop.toMs : loop.fromMs;
      const crossed = end === "fromMs" ? to >= other : to <= other;
      const next = crossed ? undefined : loopOf(to, other, durationMs);
      if (next) engine.setLoop(next);
    };
    const keyed = (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      move(ms + (event.shiftKey ? step * 10 : step));
    };
    const dragged = (event: PointerEvent<HTMLElement>) => {
      if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return;
      const { left, width } = box.current.getBoundingClientRect();
      move(view.fromMs + ((event.clientX - left) / width) * (view.toMs - view.fromMs));
    };
    const left = ((ms - view.fromMs) / (view.toMs - view.fromMs)) * 100;
    return (
      <div
        key={end}
        className={css.handle}
        style={{ left: `${left}%` }}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={durationMs / 1000}
        aria-valuenow={ms / 1000}
        aria-valuetext={tenths(ms)}
        onKeyDown={keyed}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={dragged}
      />
    );
  };
  return (
    <>
      {handle("fromMs", t("player.loopBegins"))}
      {handle("toMs", t("player.loopEnds"))}
    </>
  );
}
