/** Why there is no answer, or not the wanted one. */

import type { components } from "./schema";

type Problem = components["schemas"]["Problem"];

/** The server answered with a refusal (problem details, RFC 9457). */
export class Refused extends Error {
  readonly status: number;
  /** For people, in English. */
  readonly detail: string;
  readonly reference: string | undefined;
  readonly tombstone: components["schemas"]["Tombstone"] | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** What is wrong with single rows of a table. */
  readonly rows: string[];

  private constructor(status: number, problem: Partial<Problem>, retryAfter: string | null) {
    super(problem.detail ?? `status ${status}`);
    this.status = status;
    this.detail = problem.detail ?? "";
    this.reference = problem.reference ?? undefined;
    this.rows = problem.errors ?? [];
    this.tombstone = problem.tombstone ?? undefined;
    const seconds = Number(retryAfter);
    this.retryAfterSeconds = retryAfter && Number.isFinite(seconds) ? seconds : undefined;
  }

  static from(response: Response, body: unknown): Refused {
    const problem = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
    return new Refused(response.status, problem, response.headers.get("Retry-After"));
  }
}

/** Nobody answered: the server is away, or the network. */
export class NoAnswer extends Error {
  constructor() {
    super("no answer");
  }
}

export function isRefused(error: unknown, status: number): error is Refused {
  return error instanceof Refused && error.status === status;
}
