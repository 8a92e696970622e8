/** One change of many recordings, in as many requests as it takes. */

import { listQuery, type View } from "../lib/view";
import { answered, api, type Schemas } from "./client";

/** Those that somebody ticked, or all that a view finds. */
export type Target = { ids: string[] } | { view: View };

export interface Change {
  action: Schemas["BulkAction"];
  tag?: string;
  reason?: string;
  /** Only says what would become of them. */
  dryRun?: boolean;
}

export interface Outcome {
  done: number;
  refused: number;
  /** The first of them. */
  refusals: Schemas["BulkRefusal"][];
}

/** Refusals that are kept; the rest is a number. */
const REFUSALS_MAX = 20;

/** What the server takes in one request. */
const IDS_MAX = 500;

/** `tell` hears how far it is; `signal` ends it between two requests, never amid one. */
export async function change(
  target: Target,
  change: Change,
  tell: (now: Outcome) => void = () => {},
  signal?: AbortSignal,
): Promise<Outcome> {
  let sum: Outcome = { done: 0, refused: 0, refusals: [] };
  for (const part of parts(target)) {
    let cursor: string | null = null;
    do {
      if (signal?.aborted) return sum;
      const body: Schemas["BulkChange"] = { ...part, ...change, cursor };
      const answer = await answered(api.POST("/api/v1/recordings/bulk", { body }));
      sum = {
        done: sum.done + answer.done,
        refused: sum.refused + answer.refused,
        refusals: [...sum.refusals, ...answer.refusals].slice(0, REFUSALS_MAX),
      };
      tell(sum);
      cursor = answer.nextCursor ?? null;
    } while (cursor !== null);
  }
  return sum;
}

function parts(target: Target): Pick<Schemas["BulkChange"], "ids" | "filter">[] {
  if ("view" in target) return [{ filter: queryText(target.view) }];
  const list = [];
  for (let at = 0; at < target.ids.length; at += IDS_MAX) {
    list.push({ ids: target.ids.slice(at, at + IDS_MAX) });
  }
  return list;
}

/** A view as the query of a list. */
function queryText(view: View): string {
  const pairs = Object.entries(listQuery(view)).map(([key, value]) => [key, String(value)]);
  return new URLSearchParams(pairs as [string, string][]).toString();
}

/** Where the list of a view is as a table. */
export function exportPath(view: View): string {
  return `/api/v1/recordings/export?${queryText(view)}`;
}
