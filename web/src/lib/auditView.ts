/** A view of the audit: what the address says, and what the server is asked. Never: a secret. */

import type { operations } from "../api/schema";
import { addDays, midnight } from "./time";

export const OUTCOMES = ["done", "refused", "failed"] as const;
export type OutcomeWord = (typeof OUTCOMES)[number];

/** The address's query; every key may be missing. */
export interface AuditView {
  who?: string;
  what?: string;
  /** First and last day, `2026-11-17`, in the reader's time zone. */
  from?: string;
  to?: string;
  outcome?: OutcomeWord;
  address?: string;
  recording?: string;
  /** Anywhere in the details. */
  q?: string;
  /** Missing: newest first. */
  sort?: "when";
}

export type AuditQuery = NonNullable<operations["listAudit"]["parameters"]["query"]>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f:.]+)$/i;

/** Reads an address; what makes no sense is left out. */
export function readAuditView(query: Record<string, unknown>): AuditView {
  const view: AuditView = {};
  for (const key of ["who", "what", "address", "recording", "q"] as const) {
    const value = query[key];
    if (typeof value === "string" && value !== "") view[key] = value;
    // The router reads `q=2026` as a number.
    if (typeof value === "number") view[key] = String(value);
  }
  if (view.recording && !ID.test(view.recording)) delete view.recording;
  for (const key of ["from", "to"] as const) {
    const value = query[key];
    if (typeof value === "string" && DAY.test(value)) view[key] = value;
  }
  const outcome = OUTCOMES.find((one) => one === query.outcome);
  if (outcome) view.outcome = outcome;
  if (query.sort === "when") view.sort = "when";
  return view;
}

/** What the server is asked for the filters of a view. */
export function auditFilters(view: AuditView): AuditQuery {
  const query: AuditQuery = {};
  if (view.who) query.who = view.who;
  if (view.what) query.action = view.what;
  if (view.outcome) query.outcome = view.outcome;
  if (view.address) query.address = view.address;
  if (view.recording) query.recording = view.recording;
  if (view.q) query.text = view.q;
  const from = view.from && midnight(view.from);
  const to = view.to && midnight(view.to);
  if (from) query.from = from.toISOString();
  if (to) query.to = addDays(to, 1).toISOString();
  return query;
}

export interface AuditReader {
  /** The days that a text means, if it means any. */
  days: (text: string) => Pick<AuditView, "from" | "to"> | undefined;
  /** The action of a name, in whatever language it is shown. */
  action: (text: string) => string | undefined;
}

/**
 * What somebody typed, as filters: days, an address, a recording's id or an action are known by
 * their looks, one other word is a user, and more of them are text.
 */
export function readAuditSearch(typed: string, reader: AuditReader): AuditView {
  const text = typed.trim();
  if (text === "") return {};
  const keyed = /^(who|chi):(\S+)$/i.exec(text);
  if (keyed?.[2]) return { who: keyed[2] };
  if (ID.test(text)) return { recording: text.toLowerCase() };
  if (ADDRESS.test(text)) return { address: text };
  const days = reader.days(text);
  if (days) return days;
  const what = reader.action(text);
  if (what) return { what };
  const quoted = /^["“”](.+?)["“”]?$/.exec(text);
  if (quoted?.[1]) return { q: quoted[1] };
  return /\s/.test(text) ? { q: text } : { who: text };
}
