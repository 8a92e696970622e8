/** Every page at every width, in light and dark: long names, nothing there, errors, slowness. */

import type { Page } from "@playwright/test";
import { expect, open, test } from "./page";
import { BOSS, Recorder } from "./recorder";

const PAGES = [
  "/recordings",
  "/live",
  "/dashboard",
  "/audit",
  "/users",
  "/groups",
  "/rules",
  "/clients",
  "/storage",
  "/keys",
  "/health",
  "/account",
  "/welcome",
] as const;

/** What is wrong with the layout now, in words. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`page is ${root.scrollWidth} px wide`);
    const shown = (one: Element) => one.checkVisibility({ visibilityProperty: true });
    const said = (one: Element) => one.closest("[title], [aria-label], [aria-describedby]");
    const name = (one: Element) => one.outerHTML.slice(0, 120);

    for (const one of document.querySelectorAll("main *")) {
      const { overflowX, textOverflow, display } = getComputedStyle(one);
      const cut = one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 8;
      if (!cut || display === "inline" || !shown(one)) continue;
      if (["auto", "scroll"].includes(overflowX) && one.getAttribute("tabindex") === "0") continue;
      if (textOverflow === "ellipsis" && said(one)) continue;
      if (overflowX === "hidden" && said(one)) continue;
      found.push(`cut: ${name(one)}`);
    }

    const controls = [
      ...document.querySelectorAll("main :is(a, button, input, select, textarea, [role=slider])"),
    ].filter(shown);
    const boxes = controls.map((one) => one.getBoundingClientRect());
    // What lies above the page, as what sticks does, may cover what scrolls below it.
    const layer = (one: Element) => {
      let at = one.closest("[role=dialog], thead, [class*=bar i]");
      while (at && !at.matches("[role=dialog], thead")) {
        if (["sticky", "fixed"].includes(getComputedStyle(at).position)) break;
        at = at.parentElement?.closest("[role=dialog], thead, [class*=bar i]") ?? null;
      }
      return at;
    };
    controls.forEach((one, index) => {
      for (let next = index + 1; next < controls.length; next++) {
        const [a, b, other] = [boxes[index], boxes[next], controls[next]];
        if (!a || !b || !other || one.contains(other) || other.contains(one)) continue;
        if (layer(one) !== layer(other)) continue;
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1) found.push(`overlap: ${name(one)} and ${name(other)}`);
      }
    });
    return found;
  });
}

/** At all four widths, in light and dark. */
async function holds(page: Page, what: string) {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of [360, 768, 1280, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      expect.soft(await faults(page), `${what}, ${width} px, ${colorScheme}`).toEqual([]);
    }
  }
}

async function settled(page: Page) {
  await expect(page.locator("main").getByRole("heading").first()).toBeVisible();
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
}

const DATA = /\/api\/v1\/(?!session|me)/;

test("names of eighty letters have room on every page", async ({ page }) => {
  await open(page, "/recordings");
  for (const path of PAGES) {
    await page.goto(path);
    await settled(page);
    await holds(page, path);
  }
});

test("an error leaves every page whole", async ({ page }) => {
  await open(page, "/recordings");
  await page.route(DATA, (route) =>
    route.fulfill({
      status: 500,
      contentType: "application/problem+json",
      body: JSON.stringify({ type: "about:blank", title: "Internal error", status: 500 }),
    }),
  );
  for (const path of PAGES) {
    await page.goto(path);
    await settled(page);
    await holds(page, path);
  }
});

test("waiting for a slow answer leaves every page whole", async ({ page }) => {
  await open(page, "/recordings");
  // It never answers while the test looks.
  await page.route(DATA, () => undefined);
  for (const path of PAGES) {
    await page.goto(path);
    await expect(page.locator("main").getByRole("heading").first()).toBeVisible();
    await holds(page, path);
  }
});

const empty = test.extend<object, { fresh: Recorder }>({
  fresh: [
    // biome-ignore lint/correctness/noEmptyPattern: the form that Playwright asks for
    async ({}, use) => {
      const recorder = await Recorder.start(undefined, [BOSS]);
      await use(recorder);
      await recorder.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ fresh }, use) => use(fresh.url),
});

empty("nothing there yet leaves every page whole", async ({ page }) => {
  await open(page, "/welcome");
  for (const path of PAGES) {
    await page.goto(path);
    await settled(page);
    await holds(page, path);
  }
});
