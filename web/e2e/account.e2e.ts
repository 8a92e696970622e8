/** One's own account. */

import { accessible, expect, fits, open, signIn, test } from "./page";
import { PASSWORD } from "./recorder";

test("who one is, and keys of one letter off", async ({ page }) => {
  await open(page, "/recordings", "luca");
  await page.getByRole("button", { name: "Your account, Luca Ferri" }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Your account" })).toBeVisible();
  await expect(page.getByText("Claims")).toBeVisible();
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  const letters = page.getByRole("checkbox", { name: "Keys of one letter or sign" });
  const kept = page.waitForResponse("**/api/v1/me/preferences");
  await letters.uncheck();
  await kept;
  await page.goto("/recordings");
  await expect(page.getByRole("row").nth(3)).toBeVisible();
  await page.keyboard.press("?");
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("dialog")).not.toBeVisible();
  // J did nothing: the arrow leads to the first row.
  await expect(page.getByRole("row", { selected: true })).toHaveAttribute("aria-rowindex", "2");
});

test("the own password is changed, with the current one", async ({ page }) => {
  await open(page, "/account", "rita");
  await page.getByLabel("Current password").fill("not this one");
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("That is shorter than 8 characters.")).toBeVisible();
  await page.getByLabel("New password").fill("another good password");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("That is not your current password.")).toBeVisible();
  await accessible(page);
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed.")).toBeVisible();
  await expect(page.getByLabel("Current password")).toHaveValue("");
  await page.getByLabel("Current password").fill("another good password");
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByLabel("Current password")).toHaveValue("");
});

test("signing out everywhere ends the other sessions too", async ({ page, browser, baseURL }) => {
  const other = await browser.newContext({ baseURL: baseURL ?? "" });
  const data = { username: "clumsy", password: PASSWORD };
  expect((await other.request.post("/api/v1/session", { data })).status()).toBe(200);
  await page.goto("/signin?next=/account");
  await signIn(page, "clumsy");
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByLabel("User name")).toBeVisible();
  expect((await other.request.get("/api/v1/session")).status()).toBe(401);
  await other.close();
});
