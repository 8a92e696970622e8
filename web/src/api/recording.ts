/** One recording: asking for it, and changing it. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Recording } from "./client";
import { isRefused } from "./errors";
import { queries } from "./session";

/** The version that the server gave a recording with. */
const versions = new WeakMap<Recording, string>();

interface Answer {
  data?: Recording;
  error?: unknown;
  response: Response;
}

async function versioned(asked: Promise<Answer>): Promise<Recording> {
  let version: string | null = null;
  const recording = await answered(
    asked.then((answer) => {
      version = answer.response.headers.get("ETag");
      return answer;
    }),
  );
  if (version) versions.set(recording, version);
  return recording;
}

export function recordingDetail(id: string) {
  const params = { path: { id } };
  return queryOptions({
    queryKey: ["recording", id],
    queryFn: ({ signal }) =>
      versioned(api.GET("/api/v1/recordings/{id}", { params, signal }) as Promise<Answer>),
    // A recording put together from an older one and a newer one would have no version.
    structuralSharing: false,
  });
}

/** What is shown of a recording from now on; lists ask anew when they are seen again. */
export function take(recording: Recording): Recording {
  queries.setQueryData(recordingDetail(recording.id).queryKey, recording);
  staleLists();
  return recording;
}

export function staleLists() {
  void queries.invalidateQueries({ queryKey: ["recordings"], refetchType: "none" });
  void queries.invalidateQueries({ queryKey: ["count"] });
}

/** Somebody else wrote another note meanwhile. */
export class NoteChanged extends Error {
  constructor(readonly now: Recording) {
    super("the note was changed");
  }
}

/** Writes the note in place of the one in `base`; null takes it away. */
export async function writeNote(base: Recording, note: string | null): Promise<Recording> {
  const recording = await changed(base, (now) => {
    if (now.note?.text !== base.note?.text) throw new NoteChanged(now);
    return { note };
  });
  void queries.invalidateQueries({ queryKey: ["notes", base.id] });
  return recording;
}

/** Adds or removes a tag, whatever others did to the other tags. */
export function changeTags(base: Recording, tag: string, add: boolean): Promise<Recording> {
  return changed(base, ({ tags }) => ({
    tags: [...tags.filter((one) => one !== tag), ...(add ? [tag] : [])],
  }));
}

type Change = Parameters<typeof patch>[1];

/** Changes a recording as it was read, or else, once, as it is now. */
async function changed(base: Recording, change: (now: Recording) => Change): Promise<Recording> {
  if (versions.has(base)) {
    try {
      return take(await patch(base, change(base)));
    } catch (error) {
      if (!isRefused(error, 412)) throw error;
    }
  }
  const now = await versioned(
    api.GET("/api/v1/recordings/{id}", { params: of(base.id) }) as Promise<Answer>,
  );
  take(now);
  return take(await patch(now, change(now)));
}

function patch(base: Recording, body: { note?: string | null; tags?: string[] }) {
  const version = versions.get(base);
  const header = version ? { "If-Match": version } : {};
  const params = { ...of(base.id), header };
  return versioned(api.PATCH("/api/v1/recordings/{id}", { params, body }) as Promise<Answer>);
}

const of = (id: string) => ({ path: { id } });

export async function preserve(id: string, on: boolean): Promise<Recording> {
  const path = "/api/v1/recordings/{id}/preservation";
  const params = of(id);
  return take(await answered(on ? api.PUT(path, { params }) : api.DELETE(path, { params })));
}

export async function hold(id: string, reason: string): Promise<Recording> {
  const body = { reason };
  return take(await answered(api.PUT("/api/v1/recordings/{id}/hold", { params: of(id), body })));
}

export async function endHold(id: string, reason: string): Promise<Recording> {
  const params = { ...of(id), query: { reason } };
  return take(await answered(api.DELETE("/api/v1/recordings/{id}/hold", { params })));
}

export async function remove(id: string, reason: string) {
  const params = { ...of(id), query: { reason } };
  await answered(api.DELETE("/api/v1/recordings/{id}", { params }));
  staleLists();
}

export async function addMark(id: string, offsetMs: number, text: string): Promise<Recording> {
  const body = { offsetMs: Math.round(offsetMs), text };
  return take(await answered(api.POST("/api/v1/recordings/{id}/marks", { params: of(id), body })));
}

export async function removeMark(id: string, mark: number): Promise<Recording> {
  const params = { path: { id, mark } };
  return take(await answered(api.DELETE("/api/v1/recordings/{id}/marks/{mark}", { params })));
}

export function verify(id: string) {
  return answered(api.POST("/api/v1/recordings/{id}/verification", { params: of(id) }));
}

export function noteHistory(id: string) {
  return queryOptions({
    queryKey: ["notes", id],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v1/recordings/{id}/notes", { params: of(id), signal })),
    staleTime: 0,
  });
}

/** What became of the packets; null: nothing was measured. */
export function recordingQuality(id: string) {
  return queryOptions({
    queryKey: ["quality", id],
    queryFn: ({ signal }) =>
      orNull(answered(api.GET("/api/v1/recordings/{id}/quality", { params: of(id), signal }))),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The messages; null: there are none. */
export function recordingSignalling(id: string) {
  return queryOptions({
    queryKey: ["signalling", id],
    queryFn: ({ signal }) =>
      orNull(answered(api.GET("/api/v1/recordings/{id}/signalling", { params: of(id), signal }))),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isRefused(error, 404)) return null;
    throw error;
  }
}

/** As many rows of the audit as are looked through for those who listened. */
const AUDIT_ROWS = 500;

/** What the audit says of a recording, newest first. */
export function recordingAudit(id: string) {
  const query = { recording: id, limit: AUDIT_ROWS };
  return queryOptions({
    queryKey: ["audit", "recording", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/audit", { params: { query }, signal })),
  });
}
