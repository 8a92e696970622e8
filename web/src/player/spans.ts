/** Stretches of a sound: silence to jump over, a loop, and where playing goes next. Pure. */

import type { Schemas } from "../api/client";
import { loudestOf } from "./outline";

export interface Span {
  fromMs: number;
  toMs: number;
}

/** Silence shorter than this is part of talking. */
const QUIET_MS = 1500;

/** What is left of a silence at each end, and around a mark. */
const LEFT_MS = 200;

/** A jump that saves less is not worth the click. */
const JUMP_MIN_MS = 500;

/** Below this share of its loudest value a side is quiet, and never above this value of 255. */
const QUIET_SHARE = 0.03;
const QUIET_MOST = 6;

/**
 * What can be jumped over: both sides quiet for long. A side is measured by itself, so that a
 * faint voice beside a loud one is not taken for silence. Never over a mark.
 */
export function silences(outline: Schemas["Waveform"], marksMs: number[]): Span[] {
  const quiet = (side: number[]) => {
    const most = Math.min(QUIET_MOST, Math.max(1, loudestOf([side]) * QUIET_SHARE));
    return (at: number) => (side[at] ?? 0) <= most;
  };
  const [left, right] = [quiet(outline.left), quiet(outline.right)];
  const valueMs = (outline.samplesPerValue * 1000) / Math.max(1, outline.sampleRate);
  const allMs = (outline.samples * 1000) / Math.max(1, outline.sampleRate);
  const count = Math.max(outline.left.length, outline.right.length);
  const found: Span[] = [];
  let begun: number | undefined;
  for (let at = 0; at <= count; at++) {
    const silent = at < count && left(at) && right(at);
    if (silent) begun ??= at;
    else if (begun !== undefined) {
      const span = { fromMs: begun * valueMs, toMs: Math.min(at * valueMs, allMs) };
      if (span.toMs - span.fromMs >= QUIET_MS) found.push(...around(span, marksMs));
      begun = undefined;
    }
  }
  return found;
}

/** A silence without its ends and without what surrounds the marks in it. */
function around({ fromMs, toMs }: Span, marksMs: number[]): Span[] {
  const inside = marksMs.filter((mark) => mark >= fromMs && mark <= toMs).sort((a, b) => a - b);
  const edges = [fromMs, ...inside, toMs];
  return edges
    .slice(1)
    .map((edge, at) => ({ fromMs: (edges[at] ?? 0) + LEFT_MS, toMs: edge - LEFT_MS }))
    .filter((span) => span.toMs - span.fromMs >= JUMP_MIN_MS);
}

export function lengthOf(spans: Span[]): number {
  return spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0);
}

export interface Jump {
  atMs: number;
  toMs: number;
}

/** Where playing from a place will have to jump next, and to where. */
export function nextJump(placeMs: number, loop: Span | undefined, over: Span[]): Jump | undefined {
  const back = loop && placeMs < loop.toMs ? loop : undefined;
  const silence = over.find((span) => span.toMs > placeMs);
  const atMs = silence ? Math.max(silence.fromMs, placeMs) : Number.POSITIVE_INFINITY;
  if (back && back.toMs <= atMs) return { atMs: back.toMs, toMs: back.fromMs };
  if (!silence) return undefined;
  // A silence that goes on beyond the loop ends where the loop does.
  if (back && silence.toMs >= back.toMs) return { atMs, toMs: back.fromMs };
  return { atMs, toMs: silence.toMs };
}

/** The shortest loop. */
const LOOP_MIN_MS = 300;

/** Two places as a loop, in whole tenths of a second; undefined where it would be too short. */
export function loopOf(one: number, other: number, durationMs: number): Span | undefined {
  const tenth = (ms: number) => Math.round(Math.min(Math.max(0, ms), durationMs) / 100) * 100;
  const [fromMs, toMs] = [tenth(Math.min(one, other)), tenth(Math.max(one, other))];
  return toMs - fromMs >= LOOP_MIN_MS ? { fromMs, toMs } : undefined;
}
