/** Signing in and out. */

import { accessible, expect, fits, open, signIn, test } from "./page";

test("a wrong password says so, and says no more", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/signin$/);
  for (const [user, password] of [
    ["boss", "wrong"],
    ["nobody", "wrong"],
  ] as const) {
    await signIn(page, user, password);
    await expect(page.getByRole("alert")).toContainText("User name or password is wrong.");
  }
  await expect(page.getByLabel("User name")).toHaveValue("nobody");
  await accessible(page);
  await fits(page);
});

test("too many wrong passwords have to wait", async ({ page }) => {
  await page.goto("/signin");
  const waiting = page.getByRole("alert").filter({ hasText: "Too many wrong passwords" });
  for (let tries = 0; tries < 11; tries++) {
    const answer = page.waitForResponse("**/api/v1/session");
    await signIn(page, "clumsy", `wrong ${tries}`);
    await answer;
  }
  await expect(waiting).toContainText(/Sign in again in \d+ seconds/);
});

test("one comes to where one wanted to go, and leaves", async ({ page }) => {
  await page.goto("/recordings?tag=quote");
  await signIn(page);
  await expect(page).toHaveURL(/\/recordings\?tag=quote$/);
  await page.getByRole("button", { name: "Your account, Marta Conti" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByText("You have signed out.")).toBeVisible();
  await page.goto("/recordings");
  await expect(page.getByRole("heading", { name: "Sign in to Earwitness" })).toBeVisible();
});

test("when a session has ended one goes on where one was", async ({ page, context }) => {
  await open(page, "/recordings");
  await expect(page.getByText("Refund promised")).toBeVisible();
  await context.clearCookies();
  await page.getByRole("button", { name: "Length" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
  await signIn(page);
  await expect(page).toHaveURL(/sort=-length/);
  await expect(page.getByRole("columnheader", { name: "Length" })).toHaveAttribute(
    "aria-sort",
    "descending",
  );
});

test("it speaks Italian", async ({ page }) => {
  await page.goto("/signin");
  await page.getByRole("button", { name: "Italiano" }).click();
  await expect(page.getByRole("heading", { name: "Accedi a Earwitness" })).toBeVisible();
  await page.getByLabel("Nome utente").fill("boss");
  await page.getByLabel("Password").fill("a good password");
  await page.getByRole("button", { name: "Accedi" }).click();
  await expect(page.getByRole("heading", { name: "Registrazioni" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "it");
});

test("an address from elsewhere leads nowhere", async ({ page, baseURL }) => {
  await page.goto("/signin?next=https%3A%2F%2Fevil.example%2F");
  await signIn(page);
  await expect(page).toHaveURL(`${baseURL}/recordings`);
});
