/** Whether anything was recorded yet. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "./client";

const LOOK_MS = 3000;

/** The latest recording, looked for again and again until there is one; null: there is none. */
export const firstRecording = queryOptions({
  queryKey: ["first-recording"],
  queryFn: async ({ signal }) => {
    const query = { limit: 1, sort: "-startTime" } as const;
    const page = await answered(api.GET("/api/v1/recordings", { params: { query }, signal }));
    return page.items[0] ?? null;
  },
  refetchInterval: (query) => (query.state.data ? false : LOOK_MS),
  staleTime: 0,
});
