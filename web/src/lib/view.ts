/**
 * A view of the recordings: what the address says, and what the server is asked.
 *
 * The address is the state. Everything in it is absolute, so that a link shows the same to
 * whoever opens it, whenever. Never: a secret.
 */

import type { operations } from "../api/schema";
import { addDays, midnight } from "./time";

/** The address's query; every key may be missing. */
export interface View {
  /** Words that must each appear somewhere. */
  q?: string;
  /** Digits in either party's number. */
  number?: string;
  /** Digits in the local or the remote number. */
  local?: string;
  remote?: string;
  /** First and last day, `2026-11-17`, in the reader's time zone. */
  from?: string;
  to?: string;
  /** `gt:300`, `lt:60` or `60-300`, in seconds. */
  len?: string;
  owner?: string;
  group?: string;
  tag?: string;
  dir?: "in" | "out";
  /** Words of `STATES`, with commas between. */
  is?: string;
  sort?: Sort;
  /** The selected recording. */
  sel?: string;
}

export type SortBy = "start" | "length" | "size" | "changed";
export type Sort = SortBy | `-${SortBy}`;

export const FILTERS = [
  "number",
  "local",
  "remote",
  "from",
  "to",
  "len",
  "owner",
  "group",
  "tag",
  "dir",
  "is",
  "q",
] as const;

export const STATES = [
  "preserved",
  "held",
  "noted",
  "masked",
  "poor",
  "interrupted",
  "failed",
] as const;
export type StateWord = (typeof STATES)[number];

export type ListQuery = NonNullable<operations["listRecordings"]["parameters"]["query"]>;

const SORTS: Record<Sort, NonNullable<ListQuery["sort"]>> = {
  "-start": "-startTime",
  start: "startTime",
  "-length": "-durationMs",
  length: "durationMs",
  "-size": "-size",
  size: "size",
  "-changed": "-updatedAt",
  changed: "updatedAt",
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LENGTH = /^(?:gt:\d{1,7}|lt:\d{1,7}|\d{1,7}-\d{1,7})$/;

/** Reads an address; what makes no sense is left out. */
export function readView(query: Record<string, unknown>): View {
  const view: View = {};
  for (const key of ["q", "number", "local", "remote", "owner", "group", "tag", "sel"] as const) {
    const value = query[key];
    if (typeof value === "string" && value !== "") view[key] = value;
    // The router reads `q=2026` as a number.
    if (typeof value === "number") view[key] = String(value);
  }
  for (const key of ["from", "to"] as const) {
    const value = query[key];
    if (typeof value === "string" && DAY.test(value)) view[key] = value;
  }
  if (typeof query.len === "string" && LENGTH.test(query.len)) view.len = query.len;
  if (query.dir === "in" || query.dir === "out") view.dir = query.dir;
  const is = stateWords(typeof query.is === "string" ? query.is : "");
  if (is.length > 0) view.is = is.join(",");
  const sort = query.sort;
  if (typeof sort === "string" && Object.hasOwn(SORTS, sort)) view.sort = sort as Sort;
  return view;
}

export function stateWords(list: string | undefined): StateWord[] {
  const words = (list ?? "").split(",");
  return STATES.filter((word) => words.includes(word));
}

/** What the server is asked for a view. */
export function listQuery(view: View): ListQuery {
  const query: ListQuery = { sort: SORTS[view.sort ?? "-start"] };
  if (view.q) query.text = view.q;
  if (view.number) query.numberContains = view.number;
  if (view.local) query.localNumberContains = view.local;
  if (view.remote) query.remoteNumberContains = view.remote;
  if (view.owner) query.owner = view.owner;
  if (view.group) query.group = view.group;
  if (view.tag) query.tag = view.tag;
  if (view.dir) query.direction = view.dir === "in" ? "incoming" : "outgoing";
  const from = view.from && midnight(view.from);
  const to = view.to && midnight(view.to);
  if (from) query.startTimeFrom = from.toISOString();
  if (to) query.startTimeTo = addDays(to, 1).toISOString();
  const length = lengthRange(view.len);
  if (length.least !== undefined) query.durationMsMin = length.least;
  if (length.most !== undefined) query.durationMsMax = length.most;
  const is = stateWords(view.is);
  if (is.includes("preserved")) query.preserved = true;
  if (is.includes("held")) query.onHold = true;
  if (is.includes("noted")) query.hasNote = true;
  if (is.includes("masked")) query.masked = true;
  if (is.includes("poor")) query.quality = "poor";
  const states = is.filter((word) => word === "interrupted" || word === "failed");
  if (states.length > 0) query.state = states.join(",");
  return query;
}

/** Bounds of a length in milliseconds; "more than" and "less than" leave the bound out. */
export function lengthRange(len: string | undefined): { least?: number; most?: number } {
  const parts = /^(?:(gt|lt):(\d+)|(\d+)-(\d+))$/.exec(len ?? "");
  if (!parts) return {};
  const [, word, bound, least, most] = parts;
  if (word === "gt") return { least: Number(bound) * 1000 + 1 };
  if (word === "lt") return { most: Number(bound) * 1000 - 1 };
  return { least: Number(least) * 1000, most: Number(most) * 1000 };
}

/** A view without what is selected in it: filters and order. */
export function withoutSelection(view: View): View {
  const { sel: _, ...rest } = view;
  return rest;
}

/** A view without its filters: what is sorted how. */
export function withoutFilters(view: View): View {
  return view.sort ? { sort: view.sort } : {};
}

/** Whether anything is filtered. */
export function isFiltered(view: View): boolean {
  return FILTERS.some((key) => view[key] !== undefined);
}
