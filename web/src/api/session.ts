/** Who one is: the session, the user and what may be done. */

import { QueryCache, QueryClient, queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { answered, api, type Schemas, takeToken } from "./client";
import { isRefused, Refused } from "./errors";

export interface Me {
  session: Schemas["Session"];
  user: Schemas["User"];
  may: string[];
  /** What somebody should look at, for those who may manage. */
  notices: Schemas["Notice"][];
}

export const me = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<Me> => {
    const session = await answered(api.GET("/api/v1/session"));
    takeToken(session.csrfToken);
    const { user, may, notices } = await answered(api.GET("/api/v1/me"));
    return { session, user, may, notices };
  },
  staleTime: 5 * 60_000,
});

export function useMe(): Me {
  return useSuspenseQuery(me).data;
}

export async function signIn(username: string, password: string) {
  const body = { username, password };
  const session = await answered(api.POST("/api/v1/session", { body }));
  takeToken(session.csrfToken);
}

/** Ends this session, or all of this user's. */
export async function signOut({ everywhere = false } = {}) {
  try {
    const params = { query: everywhere ? { everywhere } : {} };
    await answered(api.DELETE("/api/v1/session", { params }));
  } catch (error) {
    // Signed out already is as good.
    if (!isRefused(error, 401)) throw error;
  }
  takeToken("");
}

/** What the server takes for a password. */
export const PASSWORD_MIN = 8;

export async function changePassword(currentPassword: string, newPassword: string) {
  const body = { currentPassword, newPassword };
  await answered(api.PUT("/api/v1/me/password", { body }));
}

/** Called when the server no longer knows the session. */
let expired = () => {};

export function whenExpired(then: () => void) {
  expired = then;
}

/** Tells that an answer was 401, for those who ask outside of queries. */
export function noticeExpired(error: unknown) {
  if (isRefused(error, 401)) expired();
}

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // At the start nobody is signed in yet: the router asks, and shows the form.
      if (query.queryKey[0] !== "me") noticeExpired(error);
    },
  }),
  defaultOptions: {
    queries: {
      // A refusal stays one; a server that is away may be back.
      retry: (count, error) => !(error instanceof Refused && error.status < 500) && count < 2,
      retryDelay: (attempt) => 500 * 2 ** attempt,
      refetchOnWindowFocus: false,
      staleTime: 30_000,
    },
  },
});
