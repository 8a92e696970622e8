/** Finding recordings. */

import { accessible, expect, fits, open, test } from "./page";

test("the list shows who, when, how long and what was noted", async ({ page, shared }) => {
  await open(page, "/recordings");
  const table = page.getByRole("grid", { name: "Recordings, newest first" });
  const row = table.getByRole("row").filter({ hasText: "Refund promised" });
  await expect(row).toContainText("10:42:00");
  await expect(row).toContainText("Chiara Bianchi");
  await expect(row).toContainText("Incoming");
  await expect(row).toContainText("+390584943232");
  await expect(row).toContainText("Sales");
  await expect(row).toContainText("0:01");
  const total = await shared.recorder.total();
  await expect(page.getByText(`${total} recordings`)).toBeVisible();
  await expect(table).toHaveAttribute("aria-rowcount", String(total + 1));
  const yesterday = table.getByRole("row").filter({ hasText: "Yesterday, " });
  await expect(yesterday).toContainText("2 recordings");
  await accessible(page);
  await fits(page);
});

test("the search box understands, and the address remembers", async ({ page }) => {
  await open(page, "/recordings");
  await expect(page.getByText("Refund promised")).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("0584 943232 last 7 days refund");
  const understood = page.getByRole("option").first();
  await expect(understood).toContainText("Number contains 0584943232");
  await expect(understood).toContainText("Has refund");
  await expect(understood).toContainText("1 found");
  await accessible(page);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/number=0584943232|number=%220584943232%22/);
  await expect(page.getByText("1 recording", { exact: true }).first()).toBeVisible();
  await expect(page.locator("mark").filter({ hasText: "Refund" })).toBeVisible();
  await page.reload();
  await expect(page.getByText("Refund promised")).toBeVisible();
  await page.getByRole("button", { name: /^Remove filter Started/ }).click();
  await expect(page.getByText("A refund was asked for")).toBeVisible();
  await page.getByRole("button", { name: "Clear all" }).click();
  await expect(page).toHaveURL(/\/recordings$/);
});

test("another reading can be chosen with the keys", async ({ page }) => {
  await open(page, "/recordings");
  await page.getByRole("combobox", { name: "Search recordings" }).fill("quote");
  await expect(page.getByRole("option", { name: "Tag quote" })).toContainText("45 found");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/tag=quote/);
  await expect(page.getByText("45 recordings")).toBeVisible();
});

test("a chip goes back into the box", async ({ page }) => {
  await open(page, "/recordings?tag=quote");
  await page.getByRole("button", { name: "Edit filter Tag quote" }).click();
  const box = page.getByRole("combobox", { name: "Search recordings" });
  await expect(box).toHaveValue("tag:quote");
  await expect(box).toBeFocused();
});

test("rows come as one scrolls, each of them once", async ({ page, shared }) => {
  await open(page, "/recordings");
  const rows = page.getByRole("row");
  await expect(rows.nth(5)).toBeVisible();
  const total = await shared.recorder.total();
  const last = page.locator(`[aria-rowindex="${total + 1}"]`);
  const seen = new Set<string>();
  await expect(async () => {
    for (const index of await page
      .locator("tbody [aria-rowindex]")
      .evaluateAll((all) => all.map((one) => one.getAttribute("aria-rowindex") ?? ""))) {
      seen.add(index);
    }
    await page.mouse.move(700, 500);
    await page.mouse.wheel(0, 500);
    await expect(last).toBeVisible({ timeout: 50 });
  }).toPass({ intervals: [20] });
  expect(await page.locator("tbody tr").count()).toBeLessThan(80);
  expect(seen.size).toBeGreaterThan(100);
});

test("the keys move, play in place, open and come back", async ({ page }) => {
  await open(page, "/recordings?tag=tone");
  await expect(page.getByText("Ours is heard")).toBeVisible();
  await page.keyboard.press("j");
  await expect(page.getByRole("row", { selected: true })).toContainText("Ours is heard");
  await expect(page.getByRole("row", { selected: true })).toBeFocused();
  await page.keyboard.press(" ");
  const player = page.getByRole("group", { name: "Player: +390555550117, 0:12" });
  await expect(player.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(player).toContainText("00:1");
  await page.keyboard.press(" ");
  await expect(player.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await accessible(page);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/recordings\/[0-9a-f-]{36}/);
  await expect(page.getByRole("slider", { name: "Place in the sound" })).toHaveAttribute(
    "aria-valuetext",
    /00:1\d of 0:12/,
  );
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row", { selected: true })).toContainText("Ours is heard");
});

test("nothing found says which filter to drop and what one may see", async ({ page }) => {
  await open(page, "/recordings?q=elephant&tag=quote", "chiara");
  await expect(page.getByRole("heading", { name: "No recording matches all 2" })).toBeVisible();
  await expect(page.getByText("Without “Has elephant”: 15 recordings")).toBeVisible();
  await expect(page.getByText("Your rights cover your own recordings.")).toBeVisible();
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: "Drop “Has elephant”" }).click();
  await expect(page.getByText("15 recordings")).toBeVisible();
});

test("who may see no recordings is told", async ({ page }) => {
  await open(page, "/recordings", "rita");
  await expect(page.getByText("Your level does not let you see recordings")).toBeVisible();
  await accessible(page);
});

test("a server that does not answer is waited for", async ({ page }) => {
  await open(page, "/recordings?tag=tone");
  await expect(page.getByText("Ours is heard")).toBeVisible();
  await page.route("**/api/v1/recordings?*", (route) => route.abort());
  await page.getByRole("button", { name: "Length" }).click();
  await expect(page.getByText("The server does not answer.")).toBeVisible();
  await accessible(page);
  await page.unroute("**/api/v1/recordings?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Ours is heard")).toBeVisible();
});

test("a new call does not move the list", async ({ page, shared }) => {
  await page.clock.install();
  await open(page, "/recordings");
  await expect(page.getByText("Refund promised")).toBeVisible();
  await shared.recorder.call("225", "+39055123456", 1);
  await page.clock.fastForward(16_000);
  const news = page.getByRole("button", { name: "1 new recording" });
  await expect(news).toBeVisible();
  await expect(page.getByText("+39055123456")).not.toBeVisible();
  await news.click();
  await expect(page.getByText("+39055123456")).toBeVisible();
});
