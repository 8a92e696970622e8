/** Questions about bearer tokens, and what is changed of them. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";

export type Token = Schemas["Token"];

/** One's own tokens, or everybody's. */
export function tokens(everybody: boolean) {
  return queryOptions({
    queryKey: ["tokens", everybody],
    queryFn: async ({ signal }) => {
      const params = { query: { everybody } };
      return (await answered(api.GET("/api/v1/tokens", { params, signal }))).items;
    },
  });
}

export function addToken(body: Schemas["NewToken"]) {
  return answered(api.POST("/api/v1/tokens", { body }));
}

export function revokeToken(id: number) {
  return answered(api.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } }));
}
