/** Questions about users and groups, and what is changed of them. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";

export type User = Schemas["User"];

export const users = queryOptions({
  queryKey: ["users"],
  queryFn: async ({ signal }) => (await answered(api.GET("/api/v1/users", { signal }))).items,
});

export const groups = queryOptions({
  queryKey: ["groups"],
  queryFn: async ({ signal }) => (await answered(api.GET("/api/v1/groups", { signal }))).items,
});

export function addUser(body: Schemas["NewUser"]) {
  return answered(api.POST("/api/v1/users", { body }));
}

export function changeUser(username: string, body: Schemas["UserChange"]) {
  const params = { path: { username } };
  return answered(api.PATCH("/api/v1/users/{username}", { params, body }));
}

export function removeUser(username: string) {
  return answered(api.DELETE("/api/v1/users/{username}", { params: { path: { username } } }));
}

/** A random password, which is shown this once. */
export async function newPassword(username: string) {
  const params = { path: { username } };
  const body = { password: null };
  const done = answered(api.PUT("/api/v1/users/{username}/password", { params, body }));
  return (await done).password ?? "";
}

/** Brings in a table; with `dryRun` it only says what would be done. */
export function importUsers(table: string, dryRun: boolean) {
  return answered(
    api.POST("/api/v1/users/import", {
      params: { query: { dryRun } },
      headers: { "Content-Type": "text/csv" },
      body: table,
      bodySerializer: (body) => body,
    }),
  );
}

export function addGroup(name: string) {
  return answered(api.POST("/api/v1/groups", { body: { name } }));
}

export function renameGroup(name: string, to: string) {
  const params = { path: { name } };
  return answered(api.PATCH("/api/v1/groups/{name}", { params, body: { name: to } }));
}

export function removeGroup(name: string) {
  return answered(api.DELETE("/api/v1/groups/{name}", { params: { path: { name } } }));
}
