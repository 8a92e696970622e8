/** Pictures of every page for docs/screenshots, of a recorder of its own: `make screenshots`. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";
import { open } from "../page";
import { BOSS, Recorder } from "../recorder";
import { serveFrom } from "../site";
import { furnishOffice, OFFICE } from "./office";

const FOLDER = process.env.EARWITNESS_PICTURES ?? join(process.cwd(), "../docs/screenshots");

const PHONE = { width: 390, height: 844 };

interface Office {
  office: Recorder;
  /** The recording to look at closely. */
  closely: string;
  empty: Recorder;
}

const test = base.extend<object, { them: Office }>({
  them: [
    // biome-ignore lint/correctness/noEmptyPattern: the form that Playwright asks for
    async ({}, use) => {
      const office = await Recorder.start(undefined, OFFICE);
      const closely = await furnishOffice(office);
      // Calls on the line while the pictures are taken.
      const calls = [
        office.begin("225", "+390584943232", 900),
        office.begin("231", "+442079460182", 900),
        office.begin("236", "+393391112233", 900),
        office.begin("218", "+49301234567", 900),
      ];
      const empty = await Recorder.start(undefined, [BOSS]);
      await use({ office, closely, empty });
      await Promise.all(calls.map((hangUp) => hangUp()));
      await Promise.all([office.stop(), empty.stop()]);
    },
    { scope: "worker", timeout: 300_000 },
  ],
  baseURL: async ({ them }, use) => use(them.office.url),
  page: async ({ page }, use) => {
    await serveFrom(page, process.env.EARWITNESS_SITE);
    await use(page);
  },
});

/** Takes what is shown in light and in dark. */
async function take(page: Page, name: string) {
  mkdirSync(FOLDER, { recursive: true });
  await page.mouse.move(0, 0);
  await page.waitForLoadState("networkidle", { timeout: 2000 }).catch(() => undefined);
  await page.evaluate(() => document.fonts.ready);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // Fields of the machine's own, as those for dates are, take a while to change.
    await page.waitForTimeout(200);
    const path = join(FOLDER, `${name}-${colorScheme}.png`);
    await page.screenshot({ path, animations: "disabled", caret: "hide" });
  }
}

/** A page that shows what it has as soon as it is there. */
for (const [name, path, shows] of [
  ["recordings", "/recordings", "Refund promised"],
  ["recordings-filtered", "/recordings?tag=claim&direction=incoming", "Claim 2291"],
  ["recordings-nothing", "/recordings?q=elephant&tag=claim", "No recording matches"],
  ["dashboard", "/dashboard", "Dashboard"],
  ["audit", "/audit", "Audit"],
  ["users", "/users", "Chiara Bianchi"],
  ["groups", "/groups", "Front desk"],
  ["tokens", "/keys", "Nightly export"],
  ["clients", "/clients", "udp"],
  ["storage", "/storage", "free of"],
  ["health", "/health", "Running since"],
  ["account", "/account", "Password"],
] as const) {
  test(name, async ({ page }) => {
    await open(page, path);
    await expect(page.locator("main").getByText(shows).first()).toBeVisible();
    await take(page, name);
  });
}

test("recordings-search", async ({ page }) => {
  await open(page, "/recordings");
  await expect(page.getByText("Refund promised").first()).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("chiara last 7 days refund");
  await expect(page.getByRole("option").first()).toContainText("found");
  await take(page, "recordings-search");
});

test("recording", async ({ page, them }) => {
  await open(page, `/recordings/${them.closely}#t=00:41`);
  await expect(page.getByRole("img", { name: /^Waveform/ })).toBeVisible();
  await take(page, "recording");
  await page.setViewportSize(PHONE);
  await take(page, "phone-recording");
});

test("live", async ({ page }) => {
  await open(page, "/live");
  const calls = page.getByRole("row").filter({ hasText: "Recording" });
  await expect(calls.filter({ hasText: "+390584943232" })).toBeVisible();
  await calls
    .filter({ hasText: "+442079460182" })
    .getByRole("button", { name: /^Pause/ })
    .click();
  await expect(page.getByText("Paused by").first()).toBeVisible();
  await take(page, "live");
  await page.setViewportSize(PHONE);
  await take(page, "phone-live");
});

test("user and import", async ({ page }) => {
  await open(page, "/users");
  await page
    .getByRole("row", { name: /Chiara Bianchi/ })
    .getByRole("link")
    .click();
  await expect(page.getByRole("complementary", { name: "Chiara Bianchi" })).toBeVisible();
  await take(page, "user");
  await page.keyboard.press("Escape");
  await page.goto("/users");
  await page.getByRole("button", { name: "Import CSV" }).click();
  const table =
    "username,firstName,lastName,numbers,group\n" +
    "rita.moretti,Rita,Moretti,223;323,Sales\n" +
    "oscar.villa,Oscar,Villa,247,Front desk\n" +
    "nadia.grassi,Nadia,Grassi,248,Night shift\n";
  const file = { name: "staff.csv", mimeType: "text/csv", buffer: Buffer.from(table) };
  await page
    .getByRole("dialog")
    .getByLabel(/Choose/)
    .setInputFiles(file);
  await expect(page.getByRole("dialog").getByRole("row", { name: /oscar/ })).toBeVisible();
  await take(page, "users-import");
});

test("rules", async ({ page }) => {
  await open(page, "/rules");
  await expect(page.getByText("Never the works council")).toBeVisible();
  await page.getByLabel("Our number").fill("290");
  await page.getByLabel("Their number").fill("+390584943232");
  await page.getByRole("button", { name: "Try" }).click();
  await expect(page.getByText("This call is not recorded.")).toBeVisible();
  await take(page, "rules");
});

test("sign-in", async ({ page }) => {
  await page.goto("/signin");
  await expect(page.getByLabel("Password")).toBeVisible();
  await take(page, "sign-in");
});

test("phone-recordings", async ({ page }) => {
  await page.setViewportSize(PHONE);
  await open(page, "/recordings");
  await expect(page.getByText("Refund promised").first()).toBeVisible();
  await take(page, "phone-recordings");
});

test.describe("before the first call", () => {
  test.use({ baseURL: async ({ them }, use) => use(them.empty.url) });
  for (const name of ["welcome", "recordings-empty"] as const) {
    test(name, async ({ page }) => {
      await open(page, name === "welcome" ? "/welcome" : "/recordings");
      await expect(page.locator("main").getByRole("heading").first()).toBeVisible();
      await take(page, name);
    });
  }
});
