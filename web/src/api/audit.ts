/** Questions about the audit. Each is written to it too. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type AuditView, auditFilters } from "../lib/auditView";
import { answered, api, type Schemas } from "./client";

export type AuditRow = Schemas["AuditRow"];

const PAGE_ROWS = 100;

export function auditList(view: AuditView) {
  return infiniteQueryOptions({
    queryKey: ["audit", view],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        ...auditFilters(view),
        ...(view.sort ? { oldestFirst: true } : {}),
        limit: PAGE_ROWS,
        ...(pageParam === "" ? { total: true } : { cursor: pageParam }),
      };
      return answered(api.GET("/api/v1/audit", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // Looking again would itself be a new row.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export interface Checked {
  chain: Schemas["AuditChain"];
  at: Date;
  tookMs: number;
}

/** The state of the chain: all of it is read, so it is asked once, and then when somebody wants. */
export const auditChain = queryOptions({
  queryKey: ["chain"],
  queryFn: async ({ signal }): Promise<Checked> => {
    const begun = performance.now();
    const chain = await answered(api.GET("/api/v1/audit/chain", { signal }));
    return { chain, at: new Date(), tookMs: performance.now() - begun };
  },
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** Where the rows of a view are as a table. */
export function auditExportPath(view: AuditView): string {
  const pairs = Object.entries(auditFilters(view)).map(([key, value]) => [key, String(value)]);
  const query = new URLSearchParams(pairs as [string, string][]).toString();
  return `/api/v1/audit/export${query && `?${query}`}`;
}
