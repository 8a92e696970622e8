/**
 * What all tests share: the recorder, signing in, axe, and that nothing goes wrong unseen: a
 * script that fails, a policy that is broken or a request to elsewhere fails the test.
 */

import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { furnish, PASSWORD, Recorder } from "./recorder";
import { serveFrom } from "./site";

interface Shared {
  recorder: Recorder;
  /** A recording with a tone of 440 Hz on the left, and nothing on the right. */
  toneId: string;
}

export const test = base.extend<{ quiet: undefined }, { shared: Shared }>({
  shared: [
    // biome-ignore lint/correctness/noEmptyPattern: the form that Playwright asks for
    async ({}, use) => {
      const recorder = await Recorder.start();
      const toneId = await furnish(recorder);
      await use({ recorder, toneId });
      await recorder.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ shared }, use) => use(shared.recorder.url),
  quiet: [
    async ({ page, baseURL }, use) => {
      await serveFrom(page, process.env.EARWITNESS_SITE);
      const wrong: string[] = [];
      page.on("pageerror", (error) => wrong.push(String(error)));
      page.on("console", (message) => {
        // The browser itself writes down answers that are refusals.
        const refusal = message.text().startsWith("Failed to load resource");
        if (message.type() === "error" && !refusal) wrong.push(message.text());
      });
      page.on("request", (request) => {
        const elsewhere = !request.url().startsWith(baseURL ?? "");
        if (elsewhere) wrong.push(`asked ${request.url()}`);
      });
      await use(undefined);
      expect(wrong).toEqual([]);
    },
    { auto: true },
  ],
});

export async function signIn(page: Page, user = "boss", password = PASSWORD) {
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Opens a page as somebody who has signed in before. */
export async function open(page: Page, path: string, username = "boss") {
  const data = { username, password: PASSWORD };
  const signedIn = await page.request.post("/api/v1/session", { data });
  expect(signedIn.status()).toBe(200);
  await page.goto(path);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
}

/** Axe finds nothing, in light and in dark. */
export async function accessible(page: Page) {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(" ")}`);
    expect(found, colorScheme).toEqual([]);
  }
}

/** Nothing is wider than the window, and no text is cut that is not said in full elsewhere. */
export async function fits(page: Page) {
  for (const width of [360, 768, 1280, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll("main, main *")]
        .filter((one) => ["auto", "scroll", "visible"].includes(getComputedStyle(one).overflowX))
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 8)
        .filter((one) => getComputedStyle(one).display !== "inline")
        .map((one) => one.outerHTML.slice(0, 160)),
    );
    expect(wide, `${width} px`).toEqual([]);
  }
}

export { expect };
