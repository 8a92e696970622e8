/**
 * Hearing a call that goes on: pieces of it are fetched as they come, and played one after the
 * other a few seconds behind. The left channel is the local party, as everywhere. Never: more
 * than one call, or a call together with a recording.
 */

import { NoAnswer, Refused } from "../api/errors";
import { noticeExpired } from "../api/session";
import { readWave } from "../lib/wave";
import * as engine from "./engine";

export interface Hearing {
  /** The call one listens to. */
  id: string | undefined;
  /** Where in the call the sound is that is heard now, in milliseconds; undefined: none yet. */
  heardMs: number | undefined;
  /** Why it ended, if not by oneself: of which call. */
  ended: { id: string; error: unknown } | undefined;
}

const NOTHING: Hearing = { id: undefined, heardMs: undefined, ended: undefined };

/** How much is kept ahead, so that a slow answer is no gap. */
const AHEAD_S = 1;
const AGAIN_MS = 400;
/** Answers that may be missing in a row. */
const MISSES_MAX = 5;

let state = NOTHING;
let stopping: AbortController | undefined;
const listeners = new Set<() => void>();

function change(part: Partial<Hearing>) {
  state = { ...state, ...part };
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function hearing(): Hearing {
  return state;
}

export function stop() {
  stopping?.abort();
  stopping = undefined;
  if (state.id !== undefined) change(NOTHING);
}

/** Begins to play a call. */
export function listen(id: string) {
  stop();
  engine.pause();
  const stopped = new AbortController();
  stopping = stopped;
  const context = new AudioContext({ latencyHint: "playback" });
  stopped.signal.addEventListener("abort", () => void context.close());
  change({ id, heardMs: undefined, ended: undefined });
  void context.resume();
  play(id, context, stopped.signal).catch((error: unknown) => {
    if (stopped.signal.aborted) return;
    noticeExpired(error);
    stop();
    change({ ended: { id, error } });
  });
}

/** A recording that begins to play ends listening. */
engine.subscribe(() => {
  if (engine.playing().on) stop();
});

async function play(id: string, context: AudioContext, signal: AbortSignal) {
  let fromMs: number | undefined;
  /** When the sound that is there will be over, by the context's clock. */
  let until = 0;
  let misses = 0;
  while (!signal.aborted) {
    const piece = await fetchPiece(id, fromMs, signal).catch((error: unknown) => {
      misses += 1;
      if (error instanceof NoAnswer && misses <= MISSES_MAX) return undefined;
      throw error;
    });
    if (signal.aborted) return;
    if (piece) {
      misses = 0;
      fromMs = piece.untilMs;
      const wave = readWave(piece.bytes);
      if (wave && wave.frames > 0) {
        const begin = Math.max(until, context.currentTime + 0.1);
        until = begin + schedule(context, wave, begin);
      }
    }
    if (fromMs !== undefined) {
      const left = Math.max(0, until - context.currentTime);
      change({ heardMs: fromMs - left * 1000 });
    }
    await wait(Math.max(AGAIN_MS, (until - context.currentTime - AHEAD_S) * 1000), signal);
  }
}

interface Piece {
  bytes: ArrayBuffer;
  untilMs: number;
}

async function fetchPiece(id: string, fromMs: number | undefined, signal: AbortSignal) {
  const query = fromMs === undefined ? "" : `?fromMs=${Math.round(fromMs)}`;
  const path = `/api/v1/live-recordings/${encodeURIComponent(id)}/media${query}`;
  const response = await fetch(path, { signal }).catch(() => {
    throw new NoAnswer();
  });
  if (response.status === 204) return undefined;
  if (!response.ok) throw Refused.from(response, await response.json().catch(() => undefined));
  const untilMs = Number(response.headers.get("X-Until-Ms"));
  return { bytes: await response.arrayBuffer(), untilMs } satisfies Piece;
}

/** Plays a piece from `begin` on; gives its length in seconds. */
function schedule(
  context: AudioContext,
  wave: NonNullable<ReturnType<typeof readWave>>,
  begin: number,
): number {
  const buffer = context.createBuffer(2, wave.frames, wave.rate);
  buffer.copyToChannel(wave.left, 0);
  buffer.copyToChannel(wave.right, 1);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.start(begin);
  return buffer.duration;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = window.setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      done();
    });
  });
}
