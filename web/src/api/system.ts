/** How this node is. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";

export type System = Schemas["System"];

export const system = queryOptions({
  queryKey: ["system"],
  queryFn: ({ signal }) => answered(api.GET("/api/v1/system", { signal })),
  refetchInterval: 15_000,
});
