/** The player's state for components, and where it is, frame by frame. */

import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { momentLink } from "../lib/paths";
import { place, tenths } from "../lib/time";
import type { Keys } from "../ui/keyboard";
import { toast } from "../ui/toast";
import * as engine from "./engine";

export function usePlaying(): engine.Playing {
  return useSyncExternalStore(engine.subscribe, engine.playing);
}

/** Calls `show` with the place in milliseconds now, at each change, and each frame of playing. */
export function useFrames(show: (ms: number) => void) {
  const shown = useRef(show);
  shown.current = show;
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      shown.current(engine.positionMs());
      frame = engine.playing().on ? requestAnimationFrame(draw) : 0;
    };
    const changed = () => {
      if (frame === 0) draw();
      else shown.current(engine.positionMs());
    };
    draw();
    const stop = engine.subscribe(changed);
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, []);
}

/** The place in steps, for texts: a new value only when another one would be read. */
export function usePlace(stepMs = 1000): number {
  const [ms, setMs] = useState(engine.positionMs);
  useFrames((now) => setMs(Math.floor(now / stepMs) * stepMs));
  return ms;
}

export function useCopyLink() {
  const { t } = useTranslation();
  return () => {
    const track = engine.playing().track;
    if (!track) return;
    const { loop } = engine.playing();
    const ms = loop?.fromMs ?? engine.positionMs();
    const link = momentLink(window.location.origin, track.id, ms, loop?.toMs);
    const what = loop ? `${tenths(loop.fromMs)}–${tenths(loop.toMs)}` : place(ms);
    void copy(link).then((done) => done && toast(t("player.copied", { place: what })));
  };
}

/** Copies a text; false where the browser does not let us (no TLS). */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    window.prompt("", text);
    return false;
  }
}

/** The keys of the player; `ready` takes the sound first, where it is not taken yet. */
export function usePlayerKeys(ready: () => boolean): Keys {
  const copyLink = useCopyLink();
  const when = (action: () => void) => () => {
    if (ready()) action();
  };
  return {
    " ": when(engine.toggle),
    ArrowLeft: when(() => engine.nudge(-10_000)),
    ArrowRight: when(() => engine.nudge(10_000)),
    "Shift+ArrowLeft": when(() => engine.nudge(-1000)),
    "Shift+ArrowRight": when(() => engine.nudge(1000)),
    ",": () => engine.shiftRate(-1),
    ".": () => engine.shiftRate(1),
    "1": () => engine.hearOnly("left"),
    "2": () => engine.hearOnly("right"),
    "3": () => engine.hearOnly("both"),
    l: when(copyLink),
  };
}
