/**
 * The sound: one at a time, played from the server by ranges, each party on a channel of its own.
 *
 * The left channel is the local party, everywhere. What each ear hears is the graph's part, which
 * is made at the first press of play, since browsers let no page sound before. A loop and silences
 * are jumped by a timer at their edge. Never: sound that nobody asked for.
 */

import { answered, mediaPath } from "../api/client";
import { Refused } from "../api/errors";
import { noticeExpired } from "../api/session";
import { Graph, type Mix, type Side, VOLUME_MOST } from "./graph";
import { type Jump, nextJump, type Span } from "./spans";

export type { Side } from "./graph";

/** What can be played, and how it is called while it plays. */
export interface Track {
  id: string;
  left: string;
  right: string;
  durationMs: number;
  startTime: string;
}

export interface Playing extends Mix {
  track: Track | undefined;
  /** Whether it was told to play; it may still wait for the first bytes. */
  on: boolean;
  waiting: boolean;
  rate: number;
  /** What is played again and again. */
  loop: Span | undefined;
  /** What may be jumped over, and whether it is. */
  silences: Span[];
  jumping: boolean;
  /** How often somebody went elsewhere in a sound. */
  sought: number;
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
  volume: { left: 1, right: 1 },
  together: false,
  loop: undefined,
  silences: [],
  jumping: false,
  sought: 0,
  error: undefined,
  inPage: false,
};

let state = SILENT;
const listeners = new Set<() => void>();
const audio = new Audio();
audio.preload = "auto";
let graph: Graph | undefined;
/** Rings at the next edge of a loop or a silence, where a jump is planned. */
let edge = 0;
let planned: Jump | undefined;

/** Nobody hears that a jump comes this much before its edge. */
const EARLY_MS = 15;
/** A loop that ends this close to the end of the sound ends with it. */
const LAST_MS = 250;

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
  const { muted, volume } = SILENT;
  change({ track, on: false, waiting: false, error: undefined, loop: undefined, silences: [] });
  changeMix({ muted, volume });
}

/** Lets go of the sound. */
export function unload() {
  audio.pause();
  audio.removeAttribute("src");
  audio.load();
  startMs = 0;
  const { track, loop, silences } = SILENT;
  change({ track, on: false, waiting: false, error: undefined, loop, silences });
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
  graph ??= new Graph(audio, state);
  try {
    await graph.context.resume();
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

/** Somebody wants to be elsewhere in the sound. */
export function seek(ms: number) {
  go(ms);
  change({ sought: state.sought + 1 });
}

function go(ms: number) {
  const length = state.track?.durationMs ?? 0;
  const place = Math.min(Math.max(0, ms), length);
  if (audio.readyState > 0) audio.currentTime = place / 1000;
  else startMs = place;
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
  changeMix({ muted: { ...state.muted, [side]: muted } });
}

/** Only one side, or both. */
export function hearOnly(side: Side | "both") {
  changeMix({ muted: { left: side === "right", right: side === "left" } });
}

/** 1 is as recorded, 1.5 the most. */
export function setVolume(side: Side, volume: number) {
  const fitting = Math.min(Math.max(0, volume), VOLUME_MOST);
  changeMix({ volume: { ...state.volume, [side]: fitting } });
}

export function hearTogether(together: boolean) {
  changeMix({ together });
}

export function setLoop(loop: Span | undefined) {
  change({ loop });
  replan();
}

/** What may be jumped over in the sound there is now. */
export function setSilences(silences: Span[]) {
  change({ silences });
  replan();
}

export function jumpSilence(jumping: boolean) {
  change({ jumping });
  replan();
}

export function showInPage(inPage: boolean) {
  change({ inPage });
}

function changeMix(mix: Partial<Mix>) {
  change(mix);
  graph?.set(state);
}

/** Looks anew where playing has to jump. */
function replan() {
  planned = undefined;
  watchEdge();
}

/** Jumps where playing has come to the edge, or sets the timer to when it will. */
function watchEdge() {
  window.clearTimeout(edge);
  if (!state.on || audio.paused || audio.seeking) return;
  // The timer may ring late, and the sound may wait for bytes: the place decides, not the timer.
  if (planned && positionMs() >= planned.atMs - EARLY_MS) {
    go(planned.toMs);
    return;
  }
  planned = nextJump(positionMs(), state.loop, state.jumping ? state.silences : []);
  if (planned) {
    edge = window.setTimeout(watchEdge, (planned.atMs - positionMs()) / state.rate);
  }
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
audio.addEventListener("playing", () => {
  change({ waiting: false });
  watchEdge();
});
audio.addEventListener("timeupdate", watchEdge);
audio.addEventListener("ratechange", watchEdge);
audio.addEventListener("waiting", () => change({ waiting: state.on }));
audio.addEventListener("seeking", () => {
  planned = undefined;
});
audio.addEventListener("seeked", () => {
  change({});
  watchEdge();
});
audio.addEventListener("ended", () => {
  const { loop, track } = state;
  // The end of a loop may be that of the sound.
  if (state.on && loop && track && loop.toMs >= track.durationMs - LAST_MS) {
    go(loop.fromMs);
    void play();
  } else change({ on: false, waiting: false });
});
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
