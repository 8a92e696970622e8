/**
 * Every page, once. `PAGES` in crates/api/src/web.rs lists the same paths: what is missing there
 * is 404 when somebody follows a link to it.
 */

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { PERIODS, type PeriodName } from "./api/dashboard";
import { isRefused } from "./api/errors";
import { me, queries, whenExpired } from "./api/session";
import { firstRecording } from "./api/welcome";
import { type AuditView, readAuditView } from "./lib/auditView";
import { safeNext } from "./lib/paths";
import { readView, type View } from "./lib/view";
import { NoPage, Trouble } from "./pages/Trouble";
import { Shell } from "./ui/Shell";

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/signin",
  validateSearch: (query: Record<string, unknown>): { next?: string; why?: "expired" | "bye" } => ({
    ...(typeof query.next === "string" ? { next: safeNext(query.next) } : {}),
    ...(query.why === "expired" || query.why === "bye" ? { why: query.why } : {}),
  }),
  component: lazyRouteComponent(() => import("./pages/SignIn"), "SignIn"),
});

/** Everything but the form: only for those who have signed in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ location }) => {
    try {
      await queries.ensureQueryData(me);
    } catch (error) {
      if (isRefused(error, 401)) {
        const next = location.href === "/" ? {} : { next: location.href };
        throw redirect({ to: "/signin", search: next });
      }
      throw error;
    }
  },
  component: Shell,
  errorComponent: ({ error, reset }) => <Trouble error={error} retry={reset} bare />,
});

/** Nothing is recorded yet, and one may do what it takes. */
async function isFirstRun(): Promise<boolean> {
  const { may } = await queries.ensureQueryData(me);
  if (!may.includes("managePeople") || !may.includes("list")) return false;
  return (await queries.fetchQuery(firstRecording)) === null;
}

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: async () => {
    const first = await isFirstRun().catch(() => false);
    throw redirect({ to: first ? "/welcome" : "/recordings" });
  },
});

const recordings = createRoute({
  getParentRoute: () => inside,
  path: "/recordings",
  validateSearch: (query: Record<string, unknown>): View => readView(query),
  component: lazyRouteComponent(() => import("./pages/recordings/List"), "List"),
});

const recording = createRoute({
  getParentRoute: () => inside,
  path: "/recordings/$id",
  // The list one came from, so that "older" and "back" know it.
  validateSearch: (query: Record<string, unknown>): View => readView(query),
  component: lazyRouteComponent(() => import("./pages/recordings/Detail"), "Detail"),
});

const signalling = createRoute({
  getParentRoute: () => inside,
  path: "/recordings/$id/signalling",
  validateSearch: (query: Record<string, unknown>): View => readView(query),
  component: lazyRouteComponent(() => import("./pages/recordings/Signalling"), "Signalling"),
});

const live = createRoute({
  getParentRoute: () => inside,
  path: "/live",
  component: lazyRouteComponent(() => import("./pages/live/Live"), "Live"),
});

const dashboard = createRoute({
  getParentRoute: () => inside,
  path: "/dashboard",
  validateSearch: (query: Record<string, unknown>): { period?: PeriodName } => {
    const period = PERIODS.find((one) => one === query.period);
    return period ? { period } : {};
  },
  component: lazyRouteComponent(() => import("./pages/dashboard/Dashboard"), "Dashboard"),
});

const audit = createRoute({
  getParentRoute: () => inside,
  path: "/audit",
  validateSearch: (query: Record<string, unknown>): AuditView => readAuditView(query),
  component: lazyRouteComponent(() => import("./pages/audit/Audit"), "Audit"),
});

const users = createRoute({
  getParentRoute: () => inside,
  path: "/users",
  validateSearch: (query: Record<string, unknown>): { user?: string; add?: true } => ({
    ...(typeof query.user === "string" ? { user: query.user } : {}),
    ...(query.add === true ? { add: true } : {}),
  }),
  component: lazyRouteComponent(() => import("./pages/people/Users"), "Users"),
});

const groups = createRoute({
  getParentRoute: () => inside,
  path: "/groups",
  component: lazyRouteComponent(() => import("./pages/people/Groups"), "Groups"),
});

const rules = createRoute({
  getParentRoute: () => inside,
  path: "/rules",
  component: lazyRouteComponent(() => import("./pages/rules/Rules"), "Rules"),
});

const clients = createRoute({
  getParentRoute: () => inside,
  path: "/clients",
  component: lazyRouteComponent(() => import("./pages/clients/Clients"), "Clients"),
});

const storage = createRoute({
  getParentRoute: () => inside,
  path: "/storage",
  component: lazyRouteComponent(() => import("./pages/system/Storage"), "Storage"),
});

const keys = createRoute({
  getParentRoute: () => inside,
  path: "/keys",
  component: lazyRouteComponent(() => import("./pages/tokens/Tokens"), "Tokens"),
});

const health = createRoute({
  getParentRoute: () => inside,
  path: "/health",
  component: lazyRouteComponent(() => import("./pages/system/Health"), "Health"),
});

const account = createRoute({
  getParentRoute: () => inside,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/account/Account"), "Account"),
});

const welcome = createRoute({
  getParentRoute: () => inside,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./pages/welcome/Welcome"), "Welcome"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    inside.addChildren([
      home,
      recordings,
      recording,
      signalling,
      live,
      dashboard,
      audit,
      users,
      groups,
      rules,
      clients,
      storage,
      keys,
      health,
      welcome,
      account,
    ]),
  ]),
  defaultNotFoundComponent: NoPage,
  defaultErrorComponent: ({ error, reset }) => <Trouble error={error} retry={reset} />,
  defaultPreload: false,
  scrollRestoration: false,
});

whenExpired(() => {
  if (router.state.location.pathname === "/signin") return;
  const next = router.state.location.href;
  queries.clear();
  void router.navigate({ to: "/signin", search: { next, why: "expired" } });
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
