/** Rules, tokens, recording clients, storage and health. */

import { accessible, expect, fits, open, test } from "./page";

test("a rule is added, tried, moved and removed", async ({ page }) => {
  await open(page, "/rules");
  await expect(page.getByText("Every call is recorded")).toBeVisible();
  for (const [name, mode] of [
    ["Sales on demand", "on-demand"],
    ["Never the canteen", "never"],
  ] as const) {
    await page.getByRole("button", { name: "Add rule" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill(name);
    if (mode === "never") await dialog.getByLabel("Number").fill("29*");
    else await dialog.getByLabel("Group").selectOption("Sales");
    await dialog.getByLabel("Recording", { exact: true }).selectOption(mode);
    if (mode === "on-demand") {
      await dialog.getByRole("button", { name: "Times" }).click();
      await accessible(page);
      await fits(page);
      await page.setViewportSize({ width: 1280, height: 800 });
      await dialog.getByRole("button", { name: "Remove times" }).click();
    }
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("row", { name: new RegExp(name) })).toBeVisible();
  }
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByLabel("Our number").fill("225");
  await page.getByLabel("Their number").fill("+390584943232");
  await page.getByRole("button", { name: "Try" }).click();
  await expect(page.getByText("This call is recorded on demand.")).toBeVisible();
  await page.getByLabel("Our number").fill("291");
  await page.getByRole("button", { name: "Try" }).click();
  await expect(page.getByText("This call is not recorded.")).toBeVisible();
  await page.getByRole("button", { name: "Move Never the canteen up" }).click();
  await expect(page.getByRole("row", { name: /1\. Never the canteen/ })).toBeVisible();
  for (const name of ["Never the canteen", "Sales on demand"]) {
    const row = page.getByRole("row", { name: new RegExp(name) });
    await row.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect(row).toHaveCount(0);
  }
});

test("a token is shown once, works, and is revoked", async ({ page, playwright, baseURL }) => {
  await open(page, "/keys");
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Nightly export");
  await dialog.getByLabel("Acts as").selectOption("chiara");
  await accessible(page);
  await dialog.getByRole("button", { name: "Make it" }).click();
  const token = (await dialog.getByText(/^ewt_/).textContent()) ?? "";
  await dialog.getByRole("button", { name: "Done" }).click();
  const program = await playwright.request.newContext({ baseURL: baseURL ?? "" });
  const asked = () =>
    program.get("/api/v1/recordings", { headers: { Authorization: `Bearer ${token}` } });
  expect((await asked()).status()).toBe(200);
  const row = page.getByRole("row", { name: /Nightly export/ });
  await expect(row).toContainText("chiara");
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(row).toHaveCount(0);
  expect((await asked()).status()).toBe(401);
  await program.dispose();
});

test("a test call is placed and becomes a recording", async ({ page }) => {
  await open(page, "/clients");
  await page.getByRole("button", { name: "Place a test call" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Our number").fill("225");
  await dialog.getByRole("button", { name: "Call", exact: true }).click();
  await expect(dialog.getByText("The call was answered and recorded.")).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("udp");
  await accessible(page);
  await fits(page);
});

test("storage and health speak in words", async ({ page }) => {
  await open(page, "/storage");
  await expect(page.getByText(/free of/)).toBeVisible();
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("link", { name: "System health" }).click();
  await expect(page.getByRole("heading", { name: "What was looked at" })).toBeVisible();
  await expect(page.getByText("Running since")).toBeVisible();
  await accessible(page);
  await fits(page);
});
