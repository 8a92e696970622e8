/**
 * The one way to the server: types come from its own description, refusals become errors, and
 * requests that change something carry the session's token.
 */

import createClient, { type Middleware } from "openapi-fetch";
import { NoAnswer, Refused } from "./errors";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Recording = Schemas["Recording"];
export type Summary = Schemas["RecordingSummary"];

const CSRF_HEADER = "X-CSRF-Token";

let csrfToken = "";

/** Takes the token of the session one is in. */
export function takeToken(token: string) {
  csrfToken = token;
}

const guarded: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET" && csrfToken) request.headers.set(CSRF_HEADER, csrfToken);
    return request;
  },
};

export const api = createClient<paths>({ credentials: "same-origin" });
api.use(guarded);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the server answered, or an error that says why it did not. */
export async function answered<T>(answer: Promise<Answer<T>>): Promise<T> {
  let done: Answer<T>;
  try {
    done = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new NoAnswer();
  }
  if (done.response.ok) return done.data as T;
  throw Refused.from(done.response, done.error);
}

/** Where the sound of a recording is. */
export function mediaPath(id: string, download = false): string {
  return `/api/v1/recordings/${encodeURIComponent(id)}/media${download ? "?download=true" : ""}`;
}
