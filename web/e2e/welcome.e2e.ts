/** From an empty system to its first recording. */

import { accessible, expect, fits, open, test as shared, signIn } from "./page";
import { Recorder } from "./recorder";

/** A recorder with people, on which nothing was recorded yet. */
const test = shared.extend<{ empty: Recorder }>({
  // biome-ignore lint/correctness/noEmptyPattern: the form that Playwright asks for
  empty: async ({}, use) => {
    const recorder = await Recorder.start();
    await use(recorder);
    await recorder.stop();
  },
  baseURL: async ({ empty }, use) => use(empty.url),
});

test("an empty system says where to send calls, and waits for the first", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  await signIn(page);
  await expect(page).toHaveURL(/\/welcome$/);
  await expect(page.getByText("Nothing has been recorded yet.")).toBeVisible();
  await expect(page.getByText("6 users in 2 groups.")).toBeVisible();
  const steps = page.getByRole("listitem");
  await expect(steps.filter({ hasText: "Waiting for a call." })).toBeVisible();
  await page.getByRole("button", { name: "Copy the address for UDP" }).click();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  expect(address).toMatch(/^sip:127\.0\.0\.1:\d+;transport=udp$/);
  await expect(page.getByText("is reached from this machine alone")).toBeVisible();

  const port = /:(\d+);/.exec(address)?.[1];
  await expect(page.getByRole("region", { name: "Lines to copy" })).toContainText(
    new RegExp(`port +${port}`),
  );
  await page.getByRole("button", { name: "OpenSIPS" }).click();
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  const lines = await page.evaluate(() => navigator.clipboard.readText());
  expect(lines).toBe(`siprec_start_recording("${address}");`);
  for (const make of ["AudioCodes", "Cisco CUBE", "Cisco CUCM", "Ribbon"]) {
    await page.getByRole("button", { name: make }).click();
    await expect(page.getByText(new RegExp(`127\\.0\\.0\\.1, port ${port}`))).toBeVisible();
  }
  await accessible(page);
  await fits(page);
});

test("a test call goes through the whole chain, and its recording is offered", async ({ page }) => {
  await open(page, "/welcome");
  await page.getByRole("button", { name: "Place a test call" }).click();
  await expect(page.getByRole("heading", { name: "The first recording is here" })).toBeVisible();
  await expect(page.getByText("It reaches this recorder.")).toBeVisible();
  await accessible(page);
  await fits(page);
  await page.getByRole("link", { name: "Listen to it" }).click();
  await expect(page).toHaveURL(/\/recordings\/[0-9a-f-]{36}/);
  await page.goto("/");
  await expect(page).toHaveURL(/\/recordings$/);
});

test("a call from elsewhere is noticed by itself", async ({ page, empty }) => {
  await open(page, "/welcome");
  await expect(page.getByText("Waiting for a call.")).toBeVisible();
  await empty.call("225", "+390584943232", 1);
  await expect(page.getByText(/\+390584943232, /)).toBeVisible();
});

test("who may not manage goes to the list, and is told why", async ({ page }) => {
  await open(page, "/", "chiara");
  await expect(page).toHaveURL(/\/recordings$/);
  await page.goto("/welcome");
  await expect(page.getByText("The first steps need the level Complete.")).toBeVisible();
});
