/**
 * The sound: one at a time, played from the server by ranges, each party on a channel of its own.
 *
 * The left channel is the local party, everywhere. Muting happens in the graph behind the media
 * element: splitter, a gain for each channel, merger. The graph is made at the first press of
 * play, since browsers let no page sound before. Never: sound that nobody asked for.
 */

import { answered, mediaPath } from "../api/client";
import { Refused } from "../api/errors";
import { noticeExpired } from "../api/session";

/** What can be played, and how it is called while it plays. */
export interface Track {
  id: string;
  left: string;
  right: string;
  durationMs: number;
  startTime: string;
}

export type Side = "left" | "right";

export interface Playing {
  track: Track | undefined;
  /** Whether it was told to play; it may still wait for the first bytes. */
  on: boolean;
  waiting: boolean;
  rate: number;
  muted: Record<Side, boolean>;
  error: unknown;
  /** Whether the page shows the player itself, so that the bar need not. */
  inPage: boolean;
}

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3] as const;

const SILENT: Playing = {
  track: undefined,
  on: false,
  waiting: false,
  rate: 1,
  muted: { left: false, right: false },
  error: undefined,
  inPage: false,
};

let state = SILENT;
const listeners = new Set<() => void>();
const audio = new Audio();
audio.preload = "auto";
let gains: Record<Side, GainNode> | undefined;
let context: AudioContext | undefined;
/** Where to begin once the length is known. */
let startMs = 0;

function change(part: Partial<Playing>) {
  state = { ...state, ...part };
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function playing(): Playing {
  return state;
}

/** Where the sound is, in milliseconds. */
export function positionMs(): number {
  return audio.readyState > 0 ? audio.currentTime * 1000 : startMs;
}

/** Takes another sound, silent at first; the same one stays where it is. */
export function load(track: Track, atMs = 0) {
  if (state.track?.id === track.id) return;
  audio.pause();
  startMs = Math.min(Math.max(0, atMs), track.durationMs);
  audio.src = mediaPath(track.id);
  audio.playbackRate = state.rate;
  change({ track, on: false, waiting: false, error: undefined });
  changeSound({ left: false, right: false });
}

/** Lets go of the sound. */
export function unload() {
  audio.pause();
  audio.removeAttribute("src");
  audio.load();
  startMs = 0;
  change({ track: undefined, on: false, waiting: false, error: undefined });
}

export async function play() {
  if (!state.track) return;
  if (state.error) {
    startMs = positionMs();
    audio.load();
  }
  change({
    on: true,
    waiting: audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA,
    error: undefined,
  });
  graph();
  try {
    await context?.resume();
    await audio.play();
  } catch (error) {
    // Paused again before it began, or another sound taken: no trouble.
    if (!(error instanceof DOMException && error.name === "AbortError")) await troubled();
  }
}

export function pause() {
  audio.pause();
  change({ on: false, waiting: false });
}

export function toggle() {
  if (state.on) pause();
  else void play();
}

export function seek(ms: number) {
  const length = state.track?.durationMs ?? 0;
  const place = Math.min(Math.max(0, ms), length);
  if (audio.readyState > 0) audio.currentTime = place / 1000;
  else startMs = place;
  change({});
}

export function nudge(ms: number) {
  seek(positionMs() + ms);
}

export function setRate(rate: number) {
  audio.playbackRate = rate;
  change({ rate });
}

/** The next speed up or down. */
export function shiftRate(by: 1 | -1) {
  const at = RATES.findIndex((rate) => rate >= state.rate);
  const rate = RATES[Math.min(Math.max(0, at + by), RATES.length - 1)];
  if (rate) setRate(rate);
}

export function mute(side: Side, muted: boolean) {
  changeSound({ ...state.muted, [side]: muted });
}

/** Only one side, or both. */
export function hearOnly(side: Side | "both") {
  changeSound({ left: side === "right", right: side === "left" });
}

export function showInPage(inPage: boolean) {
  change({ inPage });
}

function changeSound(muted: Record<Side, boolean>) {
  change({ muted });
  if (!gains) return;
  gains.left.gain.value = muted.left ? 0 : 1;
  gains.right.gain.value = muted.right ? 0 : 1;
}

function graph() {
  if (context) return;
  context = new AudioContext({ latencyHint: "interactive" });
  const source = context.createMediaElementSource(audio);
  const splitter = context.createChannelSplitter(2);
  const merger = context.createChannelMerger(2);
  source.connect(splitter);
  gains = { left: context.createGain(), right: context.createGain() };
  splitter.connect(gains.left, 0).connect(merger, 0, 0);
  splitter.connect(gains.right, 1).connect(merger, 0, 1);
  merger.connect(context.destination);
  changeSound(state.muted);
}

/** Asks once more, for the reason: media elements keep it to themselves. */
async function troubled() {
  const track = state.track;
  if (!track || state.error) return;
  change({ on: false, waiting: false, error: new Error("no sound") });
  try {
    const answer = fetch(mediaPath(track.id), { headers: { Range: "bytes=0-0" } });
    await answered(answer.then(async (response) => ({ response, error: await body(response) })));
  } catch (error) {
    noticeExpired(error);
    if (state.track === track && state.error && error instanceof Refused) change({ error });
  }
}

async function body(response: Response): Promise<unknown> {
  return response.ok ? undefined : response.json().catch(() => undefined);
}

audio.addEventListener("loadedmetadata", () => {
  audio.playbackRate = state.rate;
  if (startMs > 0) audio.currentTime = startMs / 1000;
  change({});
});
audio.addEventListener("playing", () => change({ waiting: false }));
audio.addEventListener("waiting", () => change({ waiting: state.on }));
audio.addEventListener("seeked", () => change({}));
audio.addEventListener("ended", () => change({ on: false, waiting: false }));
audio.addEventListener("pause", () => {
  // Headset keys and the system pause too.
  if (!audio.ended && state.on) change({ on: false, waiting: false });
});
audio.addEventListener("play", () => {
  if (!state.on) change({ on: true });
});
audio.addEventListener("error", () => {
  if (state.track) void troubled();
});
