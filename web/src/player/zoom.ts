/** Which part of a sound is in view. Pure. */

import type { Span } from "./spans";

/** The closest look. */
const CLOSEST_MS = 4000;

export function whole(durationMs: number): Span {
  return { fromMs: 0, toMs: durationMs };
}

export function isWhole(view: Span, durationMs: number): boolean {
  return view.toMs - view.fromMs >= durationMs - 1;
}

/** A view of another length around a place, which stays where it is on the screen. */
export function zoomed(view: Span, factor: number, aroundMs: number, durationMs: number): Span {
  const length = view.toMs - view.fromMs;
  const next = Math.min(durationMs, Math.max(Math.min(CLOSEST_MS, durationMs), length / factor));
  const share = length > 0 ? (aroundMs - view.fromMs) / length : 0;
  return fitted(aroundMs - share * next, next, durationMs);
}

/** The same length somewhere else. */
export function moved(view: Span, byMs: number, durationMs: number): Span {
  return fitted(view.fromMs + byMs, view.toMs - view.fromMs, durationMs);
}

/** The view that shows a place: the same one while it does, else a page further or back. */
export function following(view: Span, placeMs: number, durationMs: number): Span {
  if (placeMs >= view.fromMs && placeMs < view.toMs) return view;
  const length = view.toMs - view.fromMs;
  const next = fitted(placeMs - length * 0.1, length, durationMs);
  // At the very end nothing is further.
  return next.fromMs === view.fromMs ? view : next;
}

/** From 0, the whole call, to 1, the closest look, by equal steps of zooming. */
export function closeness(view: Span, durationMs: number): number {
  if (durationMs <= CLOSEST_MS) return 0;
  return Math.log(durationMs / (view.toMs - view.fromMs)) / Math.log(durationMs / CLOSEST_MS);
}

export function factorTo(view: Span, close: number, durationMs: number): number {
  const now = closeness(view, durationMs);
  return (durationMs / CLOSEST_MS) ** (close - now);
}

function fitted(fromMs: number, length: number, durationMs: number): Span {
  const from = Math.min(Math.max(0, fromMs), durationMs - length);
  return { fromMs: from, toMs: from + length };
}

/** Times to write below a view: round ones, as many as have room. */
export function ticks(view: Span, most: number): number[] {
  const length = view.toMs - view.fromMs;
  const step = STEPS_MS.find((one) => length / one <= most) ?? 3_600_000;
  const first = Math.ceil(view.fromMs / step) * step;
  const list: number[] = [];
  for (let at = first; at <= view.toMs; at += step) list.push(at);
  return list;
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map((one) => one * 1000);
