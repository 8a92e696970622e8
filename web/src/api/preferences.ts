/** What somebody has chosen for themselves; the server keeps it, so that it is there everywhere. */

import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";

export interface Preferences {
  /** The columns of the list, in order; missing: as delivered. */
  columns?: string[];
  /** Whether keys of one letter or sign are switched off. */
  lettersOff?: boolean;
}

const stored = queryOptions({
  queryKey: ["preferences"],
  queryFn: async ({ signal }): Promise<Record<string, unknown>> => {
    const { values } = await answered(api.GET("/api/v1/me/preferences", { signal }));
    return values;
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** What is not there, or not of its kind, is as if nothing had been chosen. */
function read(values: Record<string, unknown> | undefined): Preferences {
  const { columns, lettersOff } = values ?? {};
  const preferences: Preferences = {};
  if (Array.isArray(columns)) {
    preferences.columns = columns.filter((one): one is string => typeof one === "string");
  }
  if (lettersOff === true) preferences.lettersOff = true;
  return preferences;
}

/** Undefined until the server has said. */
export function usePreferences(): Preferences | undefined {
  const { data, isError } = useQuery(stored);
  return isError ? {} : data && read(data);
}

/** Changes some, and leaves what others have put there. */
export function usePrefer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (change: Preferences) => {
      const before = await client.ensureQueryData(stored);
      const values = { ...before, ...change };
      client.setQueryData(stored.queryKey, values);
      // The server takes any object; its description can only say that it is one.
      const body = { values } as Schemas["Preferences"];
      return answered(api.PUT("/api/v1/me/preferences", { body }));
    },
    onError: () => void client.invalidateQueries({ queryKey: stored.queryKey }),
  });
}
