/** From the server's outline of a sound to bars of a width: pure, and drawn elsewhere. */

import type { Schemas } from "../api/client";

export interface Bars {
  /** Heights from 0 to 1. Both sides are measured by the loudest of the two. */
  left: number[];
  right: number[];
}

/** As many bars for each side as asked for; each is the greatest value of its stretch. */
export function bars(outline: Schemas["Waveform"], count: number): Bars {
  const loudest = Math.max(1, ...outline.left, ...outline.right);
  const side = (values: number[]) => {
    // The last value may stand for less than the others, so samples decide, not values.
    const valuesPerBar = outline.samples / outline.samplesPerValue / count;
    return Array.from({ length: count }, (_, bar) => {
      const from = Math.floor(bar * valuesPerBar);
      const to = Math.max(from + 1, Math.ceil((bar + 1) * valuesPerBar));
      return Math.max(0, ...values.slice(from, to)) / loudest;
    });
  };
  return { left: side(outline.left), right: side(outline.right) };
}
