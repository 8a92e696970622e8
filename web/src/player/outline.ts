/** From the server's outline of a sound to bars of a width: pure, and drawn elsewhere. */

import type { Schemas } from "../api/client";

export interface Bars {
  /** Heights from 0 to 1. Both sides are measured by the loudest of the two. */
  left: number[];
  right: number[];
}

/**
 * As many bars for each side as asked for; each is the greatest value of its stretch. `from` and
 * `to` are shares of the whole; what is loud is measured by all of it, so that zooming changes no
 * height.
 */
export function bars(outline: Schemas["Waveform"], count: number, from = 0, to = 1): Bars {
  const loudest = loudestOf([outline.left, outline.right]);
  // The last value may stand for less than the others, so samples decide, not values.
  const values = outline.samples / Math.max(1, outline.samplesPerValue);
  const [first, perBar] = [from * values, ((to - from) * values) / count];
  const side = (side: number[]) =>
    Array.from({ length: count }, (_, bar) => {
      const start = Math.floor(first + bar * perBar);
      const end = Math.max(start + 1, Math.ceil(first + (bar + 1) * perBar));
      return Math.max(0, ...side.slice(start, end)) / loudest;
    });
  return { left: side(outline.left), right: side(outline.right) };
}

/** The greatest value, at least 1. */
export function loudestOf(sides: number[][]): number {
  return sides.reduce((most, side) => side.reduce((one, other) => Math.max(one, other), most), 1);
}
