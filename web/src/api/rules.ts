/** Questions about recording rules, and what is changed of them. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";

export type Rule = Schemas["Rule"];
export type NewRule = Schemas["NewRule"];

export const rules = queryOptions({
  queryKey: ["rules"],
  queryFn: async ({ signal }) => (await answered(api.GET("/api/v1/rules", { signal }))).items,
});

/** Adds a rule, or puts it in place of the one with this id. */
export function saveRule(id: number | undefined, body: NewRule) {
  if (id === undefined) return answered(api.POST("/api/v1/rules", { body }));
  return answered(api.PUT("/api/v1/rules/{id}", { params: { path: { id } }, body }));
}

export function removeRule(id: number) {
  return answered(api.DELETE("/api/v1/rules/{id}", { params: { path: { id } } }));
}

/** What the rules would say of a call. */
export function tryRules(body: Schemas["DryRun"]) {
  return answered(api.POST("/api/v1/rules/dry-run", { body }));
}
