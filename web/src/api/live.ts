/**
 * Calls in progress, followed while somebody looks.
 *
 * One stream of events at most, shared by whoever watches. It ends now and then and is opened
 * again; the first event of each is a list of all, so that nothing is missed for long.
 */

import { queryOptions } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { eventReader, type ServerEvent } from "../lib/events";
import { answered, api, type Schemas } from "./client";
import { NoAnswer, Refused } from "./errors";
import { noticeExpired, queries } from "./session";

/** Loudness of the last second in dBFS, −90 to 0. */
export type Levels = Record<"local" | "remote", number>;

export type LiveCall = Schemas["LiveRecording"] & {
  /** null: not known. */
  levels?: Levels | null;
  /** Since when no packet came, where that is more than a moment. */
  silentSince?: { local: string | null; remote: string | null };
  onHold?: boolean;
};

/** A call, with the time of this browser's clock at which it began. */
export type Running = LiveCall & { beganMs: number };

export interface Live {
  /** Latest answered first; undefined: not known yet. */
  calls: Running[] | undefined;
  /** Calls that ended while we watched and have their recording. */
  settled: string[];
  /** Those of which nothing is kept. */
  discarded: Running[];
  /** Since when nothing comes. */
  lostSince: number | undefined;
  /** Why not, where the server says so. */
  refused: Refused | undefined;
}

const NOTHING: Live = {
  calls: undefined,
  settled: [],
  discarded: [],
  lostSince: undefined,
  refused: undefined,
};

/** The server says something every 15 seconds; after this long the line is dead. */
const QUIET_MS = 25_000;
/** Levels that come with events need not be asked for. */
const LEVELS_MS = 3000;
const RETRY_MS = [300, 1000, 2000, 5000, 10_000];

let state = NOTHING;
/** When levels came with an event. */
let levelsMs = 0;
let watchers = 0;
let stop = new AbortController();
const listeners = new Set<() => void>();

function change(part: Partial<Live>) {
  state = { ...state, ...part };
  for (const listener of listeners) listener();
  const running = state.calls?.filter((call) => call.state === "recording").length;
  if (running !== undefined) queries.setQueryData(liveCount.queryKey, running);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The calls in progress, kept fresh as long as a component uses this. */
export function useLive(): Live {
  useEffect(() => {
    watchers += 1;
    if (watchers === 1) begin();
    return () => {
      watchers -= 1;
      if (watchers === 0) end();
    };
  }, []);
  return useSyncExternalStore(subscribe, () => state);
}

function begin() {
  stop = new AbortController();
  void follow(stop.signal);
}

function end() {
  stop.abort();
  state = NOTHING;
}

/** Opens the stream again and again; tells since when there is none. */
async function follow(signal: AbortSignal) {
  let tries = 0;
  while (!signal.aborted) {
    try {
      await stream(signal, () => {
        tries = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      noticeExpired(error);
      if (error instanceof Refused) change({ refused: error });
    }
    if (signal.aborted) return;
    change({ lostSince: state.lostSince ?? Date.now() });
    await pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 0, signal);
    tries += 1;
  }
}

/** One stream, to its end. */
async function stream(signal: AbortSignal, heard: () => void) {
  const line = new AbortController();
  const cut = () => line.abort();
  signal.addEventListener("abort", cut);
  let watchdog = window.setTimeout(cut, QUIET_MS);
  try {
    const response = await fetch("/api/v1/live-recordings/events", {
      headers: { Accept: "text/event-stream" },
      signal: line.signal,
    });
    if (!response.ok) throw Refused.from(response, await response.json().catch(() => undefined));
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const events = eventReader();
    for (;;) {
      const part = await reader?.read();
      if (!part || part.done) return;
      window.clearTimeout(watchdog);
      watchdog = window.setTimeout(cut, QUIET_MS);
      for (const event of events(part.value)) {
        heard();
        happened(event);
      }
    }
  } finally {
    window.clearTimeout(watchdog);
    signal.removeEventListener("abort", cut);
  }
}

function happened({ name, data }: ServerEvent) {
  const said = JSON.parse(data);
  const calls = state.calls ?? [];
  if (name === "snapshot") {
    const all = (said.items as LiveCall[]).map(running);
    // Those that ended while we did not hear: there may be a recording.
    const gone = calls.filter((call) => !all.some((one) => one.id === call.id));
    const settled = [...state.settled, ...gone.map((call) => call.id)];
    change({ calls: all, settled, lostSince: undefined, refused: undefined });
  } else if (name === "settled") {
    const id = (said as Schemas["RecordingId"]).id;
    const settled = [...state.settled, id];
    change({ calls: calls.filter((call) => call.id !== id), settled });
  } else if (name === "discarded" || (name === "ended" && !said.kept)) {
    const call = running(said as LiveCall);
    const others = (one: Running) => one.id !== call.id;
    const discarded = [call, ...state.discarded.filter(others)];
    change({ calls: calls.filter(others), discarded });
  } else {
    if (name === "changed" && said.levels) levelsMs = Date.now();
    put(running(said as LiveCall));
  }
}

function put(call: Running) {
  const calls = state.calls ?? [];
  const known = calls.some((one) => one.id === call.id);
  const next = known ? calls.map((one) => (one.id === call.id ? call : one)) : [call, ...calls];
  change({ calls: next });
}

function running(call: LiveCall): Running {
  return { ...call, beganMs: Date.now() - call.durationMs };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = window.setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      done();
    });
  });
}

/** Levels and packets have no events of their own: asked for while somebody looks. */
export async function refreshLive() {
  if (Date.now() - levelsMs < LEVELS_MS) return;
  try {
    const { items } = await answered(api.GET("/api/v1/live-recordings"));
    const fresh = new Map((items as LiveCall[]).map((call) => [call.id, call]));
    // What began or ended is for the events to say, in their order.
    const calls = state.calls?.map((call) => {
      const same = fresh.get(call.id);
      return same && same.state === call.state ? { ...running(same), beganMs: call.beganMs } : call;
    });
    if (watchers > 0 && calls) change({ calls });
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
    noticeExpired(error);
  }
}

const COUNTED_MS = 15_000;

/** How many calls run, for the navigation. */
export const liveCount = queryOptions({
  queryKey: ["live-count"],
  queryFn: async ({ signal }) => {
    const { items } = await answered(api.GET("/api/v1/live-recordings", { signal }));
    return items.filter((call) => call.state === "recording").length;
  },
  // A node that records nothing never will.
  refetchInterval: (query) => (query.state.error instanceof Refused ? false : COUNTED_MS),
  refetchIntervalInBackground: false,
  staleTime: COUNTED_MS,
  retry: false,
});

const RECENT_MS = 10 * 60_000;
/** Calls that began longer ago are found only if they ended while we watched. */
const BEGAN_WITHIN_MS = 3 * 3_600_000;

/** Recordings of calls that ended a few minutes ago. */
export const justEnded = queryOptions({
  queryKey: ["just-ended"],
  queryFn: async ({ signal }) => {
    const startTimeFrom = new Date(Date.now() - BEGAN_WITHIN_MS).toISOString();
    const query = { startTimeFrom, sort: "-startTime", limit: 100 } as const;
    const page = await answered(api.GET("/api/v1/recordings", { params: { query }, signal }));
    return page.items;
  },
  staleTime: 0,
});

/** Whether a call ended so shortly ago that it is shown as such. */
export function endedRecently(startTime: string, durationMs: number): boolean {
  return Date.parse(startTime) + durationMs > Date.now() - RECENT_MS;
}

type Wish = "start" | "stop" | "pause" | "resume";

export async function wish(id: string, what: Wish) {
  const params = { path: { id } };
  await answered<unknown>(api.POST(`/api/v1/live-recordings/{id}/${what}`, { params }));
}

export async function mark(id: string, text: string) {
  const params = { path: { id } };
  await answered(api.POST("/api/v1/live-recordings/{id}/marks", { params, body: { text } }));
}
