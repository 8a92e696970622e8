/** The audit: finding an entry, taking the table, and whether the chain is whole. */

import { accessible, expect, fits, open, test } from "./page";

test("the audit shows who did what, and that the chain is whole", async ({ page, shared }) => {
  await open(page, `/recordings/${shared.toneId}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Chiara Bianchi");
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page.getByRole("heading", { level: 1, name: "Audit" })).toBeVisible();
  const table = page.getByRole("table", { name: "Audit, newest first" });
  const viewed = table.getByRole("row").filter({ hasText: "Looked at a recording" }).first();
  await expect(viewed).toContainText("boss");
  await expect(viewed).toContainText("127.0.0.1");
  await expect(page.getByText("Chain unbroken.")).toBeVisible();
  await expect(page.getByText(/\d entries, each sealed with the one before/)).toBeVisible();
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(page.getByText("Chain unbroken.")).toBeVisible();
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await viewed.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/recordings/${shared.toneId}`));
});

test("filters of the audit are chips, and the address remembers them", async ({ page }) => {
  await open(page, "/audit");
  const box = page.getByRole("textbox", { name: "Search the audit" });
  await box.fill("Brought in a recording");
  await box.press("Enter");
  await expect(page).toHaveURL(/what=UploadRecording/);
  await expect(page.getByText("185 entries", { exact: true })).toBeVisible();
  await box.fill("today");
  await box.press("Enter");
  await page.getByRole("button", { name: "Edit filter Action Brought in a recording" }).click();
  const dialog = page.getByRole("dialog", { name: "Filter the audit" });
  await expect(dialog.getByLabel("What")).toBeFocused();
  await accessible(page);
  await dialog.getByLabel("What").selectOption("Sign-in refused");
  await dialog.getByLabel("Outcome").selectOption("Done");
  await dialog.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("heading", { name: "Nothing matches the filters" })).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Clear all" }).first().click();
  await expect(page).toHaveURL(/\/audit$/);
});

test("entries of the audit come as one scrolls, oldest first too", async ({ page }) => {
  await open(page, "/audit?what=UploadRecording&sort=when");
  const table = page.getByRole("table", { name: "Audit, oldest first" });
  await expect(table.locator('[aria-rowindex="2"]')).toBeVisible();
  await expect(async () => {
    await page.mouse.move(700, 500);
    await page.mouse.wheel(0, 800);
    await expect(table.locator('[aria-rowindex="186"]')).toBeVisible({ timeout: 50 });
  }).toPass({ intervals: [20] });
  await page.getByRole("button", { name: "When" }).click();
  await expect(page.getByRole("table", { name: "Audit, newest first" })).toBeVisible();
});

test("the audit is taken as a table, by its filters", async ({ page }) => {
  await open(page, "/audit?what=UploadRecording");
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const file = await (await coming).createReadStream();
  let text = "";
  for await (const piece of file) text += piece;
  const lines = text.trim().split("\r\n");
  expect(lines[0]).toBe("Date,Email,IpAddress,AppName,ActionType,Details");
  expect(lines).toHaveLength(186);
});

test("a broken chain is said, and where", async ({ page }) => {
  await page.route("**/api/v1/audit/chain", (route) =>
    route.fulfill({
      json: {
        intact: false,
        rows: 12,
        head: { number: 12, hash: "ab".repeat(32) },
        broken: { row: 7, why: "row 7 is not what it was" },
      },
    }),
  );
  await open(page, "/audit");
  await expect(page.getByRole("alert")).toContainText("Chain broken at entry 7.");
  await accessible(page);
});

test("who may not read the audit is told why", async ({ page }) => {
  await open(page, "/audit", "luca");
  await expect(page.getByText("Your level does not let you read the audit")).toBeVisible();
  await accessible(page);
});
