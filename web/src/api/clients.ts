/** Recording clients: who sends calls, and when it was last heard of. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";

export type Client = Schemas["RecordingClient"];

export const clients = queryOptions({
  queryKey: ["clients"],
  queryFn: async ({ signal }) => (await answered(api.GET("/api/v1/clients", { signal }))).items,
  refetchInterval: 10_000,
});

/** Places a call to this recorder by SIP and RTP, as a recording client would. */
export function placeTestCall(body: Schemas["NewTestCall"]) {
  return answered(api.POST("/api/v1/system/test-call", { body }));
}
