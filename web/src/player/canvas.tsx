/** The bars of both sides on a canvas, in the colours of the theme, and how wide there is room. */

import { type RefObject, useEffect, useRef, useState } from "react";
import { useMedia } from "../ui/media";
import { theme } from "../ui/theme";
import type { Bars } from "./outline";
import css from "./Waveform.module.css";

/** A bar and the room beside it, in pixels. */
const BAR = 2;
const STEP = 4;

/** How many bars have room. */
export function barsIn(width: number): number {
  return Math.max(1, Math.floor(width / STEP));
}

export function Lanes({ shape, width, thin, ahead = false }: LanesProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme has other colours
  useEffect(() => {
    if (canvas.current) draw(canvas.current, shape, width, ahead, thin);
  }, [shape, width, ahead, scheme, thin]);
  return <canvas ref={canvas} className={css.lanes} />;
}

interface LanesProps {
  shape: Bars;
  width: number;
  ahead?: boolean;
  /** Whether a bar is jumped over. */
  thin?: (bar: number) => boolean;
}

function draw(
  canvas: HTMLCanvasElement,
  shape: Bars,
  width: number,
  ahead: boolean,
  thin: (bar: number) => boolean = () => false,
) {
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
      const tall = thin(bar) ? 0.5 : Math.max(1.2, value * lane * 0.84);
      brush.fillRect(bar * STEP, middle - tall / 2, BAR, tall);
    }
  }
}

export function useWidth(box: RefObject<HTMLElement | null>): number {
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
