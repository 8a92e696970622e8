/** Users and groups: adding, changing, removing, bringing in a table. */

import { accessible, expect, fits, open, test } from "./page";

test("a user is added, changed and removed", async ({ page }) => {
  await open(page, "/users");
  await page.getByRole("button", { name: "Add user" }).click();
  const panel = page.getByRole("complementary", { name: "Add user" });
  await panel.getByLabel("User name").fill("nadia");
  await panel.getByLabel("First name").fill("Nadia");
  await panel.getByLabel("Last name").fill("Grassi");
  await panel.getByLabel("Numbers").fill("244, +390584244");
  await panel.getByLabel("Group", { exact: true }).selectOption("Claims");
  await panel.getByRole("radio", { name: /^Base/ }).check();
  await panel.getByRole("checkbox", { name: "Sales" }).check();
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await panel.getByRole("button", { name: "Save" }).click();
  await expect(panel.getByRole("status").locator("visible=true")).toHaveText(/^\S{20}$/);
  await panel.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row", { name: /Nadia Grassi/ });
  await expect(row).toContainText("244, +390584244");
  await expect(row).toContainText("Base");
  await row.getByRole("link").click();
  const card = page.getByRole("complementary", { name: "Nadia Grassi" });
  await card.getByLabel("Numbers").fill("231");
  await card.getByRole("button", { name: "Save" }).click();
  await expect(card.getByRole("alert")).toContainText("luca");
  await card.getByLabel("Numbers").fill("245");
  await card.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("245");
  await row.getByRole("link").click();
  await card.getByRole("button", { name: "Remove user" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove user" }).click();
  await expect(row).toHaveCount(0);
});

test("the list narrows, and fits with long names", async ({ page }) => {
  await open(page, "/users");
  await expect(page.getByRole("row", { name: /Chiara Bianchi/ })).toBeVisible();
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press("/");
  await page.keyboard.type("claims ferri");
  await expect(page.getByRole("row", { name: /Luca Ferri/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /Chiara Bianchi/ })).toHaveCount(0);
  await page.keyboard.type(" nobody");
  await expect(page.getByText("Nobody matches “claims ferri nobody”")).toBeVisible();
});

test("a table is shown before it is taken, and wrong lines are named", async ({ page }) => {
  await open(page, "/users");
  await page.getByRole("button", { name: "Import CSV" }).click();
  const dialog = page.getByRole("dialog");
  const pick = (name: string, text: string) =>
    dialog
      .getByLabel(/Choose/)
      .setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await pick("bad.csv", "username,numbers,level\noscar,231,base\ntina,246,boss\n");
  await expect(dialog.getByRole("alert")).toContainText("cannot be taken");
  await expect(dialog.getByRole("listitem").first()).toContainText("line");
  await pick(
    "staff.csv",
    "username,firstName,numbers,group\nrita,Rita,223;323,Sales\noscar,Oscar,247,Front\n",
  );
  await expect(dialog.getByRole("row", { name: /rita/ })).toContainText("223, 323");
  await expect(dialog.getByRole("row", { name: /oscar/ })).toContainText("new");
  await expect(dialog.getByText("A group is added:")).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Import 2 users" }).click();
  await expect(page.getByRole("row", { name: /oscar/ })).toContainText("Front");
});

test("groups are added, renamed and removed", async ({ page }) => {
  await open(page, "/groups");
  await page.getByRole("button", { name: "Add group" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Trading");
  await page.getByRole("dialog").getByRole("button", { name: "Add group" }).click();
  const row = page.getByRole("row", { name: /Trading/ });
  await row.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Trading desk");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("row", { name: /Trading desk/ })).toBeVisible();
  const sales = page.getByRole("row", { name: /^Sales/ }).getByRole("button", { name: "Remove" });
  await expect(sales).toHaveAttribute("aria-description", /users? (is|are) in it/);
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await row.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);
});

test("who may not manage people is told", async ({ page }) => {
  await open(page, "/users", "chiara");
  await expect(page.getByText("You may not see this.")).toBeVisible();
  const link = page.getByRole("link", { name: "Users and groups" });
  await expect(link).toHaveAttribute("aria-disabled", "true");
});
