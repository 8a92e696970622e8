/** The numbers of the dashboard. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api } from "./client";

export const PERIODS = ["today", "7d", "30d"] as const;
export type PeriodName = (typeof PERIODS)[number];

const LOOK_MS = 30_000;

export function statistics(period: PeriodName) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const params = { query: { period, timeZone } };
  return queryOptions({
    queryKey: ["statistics", period],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/system/statistics", { params, signal })),
    refetchInterval: LOOK_MS,
    placeholderData: keepPreviousData,
  });
}
