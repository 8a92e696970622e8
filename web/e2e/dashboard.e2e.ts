/** The numbers of a period. */

import { accessible, expect, fits, open, test } from "./page";

const figure = (name: string) => `dt:text-is("${name}") ~ dd`;

test("the dashboard counts what was recorded, by the day and by group", async ({
  page,
  shared,
}) => {
  await open(page, "/dashboard");
  await page.getByRole("button", { name: "30 days" }).click();
  await expect(page).toHaveURL(/\/dashboard\?period=30d$/);
  const total = await shared.recorder.total();
  await expect(page.locator(figure("Recorded")).first()).toHaveText(String(total));
  const days = page.getByRole("table", { name: "Calls per day" });
  await expect(days.getByRole("row")).toHaveCount(31);
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  const group = page.getByRole("listitem").filter({ hasText: "Sales" });
  await expect(group).toContainText(/\d+/);
  await group.getByRole("link", { name: "Sales" }).click();
  await expect(page).toHaveURL(/\/recordings\?.*group=Sales/);
});

test("a call of today is in its hour, and one that runs is counted", async ({ page, shared }) => {
  await shared.recorder.call("225", "+39055123501", 1);
  const hangUp = shared.recorder.begin("225", "+39055123502");
  await open(page, "/dashboard");
  const hours = page.getByRole("table", { name: "Calls per hour" });
  await expect(hours.getByRole("row").nth(1)).toContainText("00");
  await expect(page.locator(figure("Recorded")).first()).not.toHaveText("0");
  await expect(page.locator(figure("Running now")).first()).not.toHaveText("0");
  await expect(page.getByText("Working", { exact: true })).toBeVisible();
  await hangUp();
});

test("who may not manage sees the own numbers, and why not the rest", async ({ page }) => {
  await open(page, "/dashboard?period=7d", "chiara");
  await expect(page.getByText("Calls per day").first()).toBeVisible();
  await expect(page.getByText("Needs the level Complete.").first()).toBeVisible();
  await accessible(page);
  await fits(page);
});
