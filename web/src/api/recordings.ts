/** Questions about recordings. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { listQuery, type View, withoutSelection } from "../lib/view";
import { answered, api, type Summary } from "./client";
import { isRefused } from "./errors";

/** Rows of a page: more than two screens. */
const PAGE_ROWS = 100;

/** How long until it is looked whether there is something new. */
const FRESH_MS = 15_000;

export function recordingList(view: View) {
  return infiniteQueryOptions({
    queryKey: ["recordings", withoutSelection(view)],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        ...listQuery(view),
        limit: PAGE_ROWS,
        ...(pageParam === "" ? { total: true } : { cursor: pageParam }),
      };
      return answered(api.GET("/api/v1/recordings", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** How many there are. */
export function recordingCount(view: View) {
  return queryOptions({
    queryKey: ["count", withoutSelection({ ...view, sort: "-start" })],
    queryFn: async ({ signal }) => {
      const query = { ...listQuery(view), limit: 1, total: true };
      const page = await answered(api.GET("/api/v1/recordings", { params: { query }, signal }));
      return page.total ?? 0;
    },
  });
}

/** The same, asked again and again. */
export function freshCount(view: View) {
  return queryOptions({
    ...recordingCount(view),
    queryKey: ["fresh", withoutSelection({ ...view, sort: "-start" })],
    refetchInterval: FRESH_MS,
    refetchIntervalInBackground: false,
    staleTime: FRESH_MS,
    retry: false,
  });
}

/** The outline of the sound; null: there is none. */
export function recordingPeaks(id: string) {
  const params = { path: { id } };
  return queryOptions({
    queryKey: ["peaks", id],
    queryFn: async ({ signal }) => {
      try {
        return await answered(api.GET("/api/v1/recordings/{id}/peaks", { params, signal }));
      } catch (error) {
        if (isRefused(error, 404)) return null;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether there is sound, and this user may hear it. */
export function mayListen(of: Pick<Summary, "durationMs" | "allowed">): boolean {
  return of.durationMs > 0 && of.allowed.includes("listen");
}
