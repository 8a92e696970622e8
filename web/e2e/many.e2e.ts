/** Changing many recordings from the list, choosing columns, taking the list as a table. */

import { accessible, expect, fits, open, test } from "./page";
import { tone } from "./sound";

const silence = tone(1, 0, 0);

test("ticked rows are tagged, and it is undone", async ({ page }) => {
  await open(page, "/recordings?number=390584943232");
  await expect(page.getByText("Refund promised")).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page
    .getByRole("checkbox", { name: /^Select \+390584943232/ })
    .nth(2)
    .check();
  const bar = page.getByRole("region", { name: "Selected recordings" });
  await expect(bar).toContainText("2 selected");
  await expect(bar.getByRole("button", { name: "Release" })).toHaveAttribute("aria-disabled");
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press("t");
  const dialog = page.getByRole("dialog", { name: "Tag 2 recordings" });
  await expect(dialog.getByLabel("Tag")).toBeFocused();
  await accessible(page);
  await page.keyboard.type("urgent case");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Tag urgent case added to 2 recordings")).toBeVisible();
  await expect(page.getByRole("grid").getByText("urgent case")).toHaveCount(2);
  await expect(bar).not.toBeVisible();
  await page.keyboard.press("z");
  await expect(page.getByText("Undone")).toBeVisible();
  await expect(page.getByRole("grid").getByText("urgent case")).toHaveCount(0);
});

test("P preserves the row one is at, N writes its note", async ({ page }) => {
  await open(page, "/recordings?number=390584943232");
  const row = page.getByRole("row").filter({ hasText: "Asked where the parcel is" });
  await row.click();
  await page.keyboard.press("p");
  await expect(page.getByText("1 recording preserved")).toBeVisible();
  await expect(row.getByText("Preserved")).toBeAttached();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row.getByText("Preserved")).not.toBeAttached();
  await page.keyboard.press("n");
  const note = page.getByRole("dialog", { name: "Note" }).getByRole("textbox");
  await expect(note).toHaveValue("Asked where the parcel is");
  await accessible(page);
  await note.fill("Asked where the parcel is, twice");
  await page.getByRole("button", { name: "Save note" }).click();
  await expect(page.getByText("Note saved")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("is, twice")).not.toBeVisible();
});

test("a note that somebody changed meanwhile is written over only on purpose", async ({
  page,
  shared: { recorder },
}) => {
  const start = new Date(2025, 2, 4, 9, 0);
  const party = { user: "luca", number: "231", remote: "+3905555550188", direction: 1 as const };
  const id = await recorder.bring({ ...party, start, note: "First", sound: silence });
  const path = `/api/v1/recordings/${id}`;
  const json = { "Content-Type": "application/json" };
  await open(page, "/recordings?number=3905555550188");
  await page.getByRole("row").filter({ hasText: "First" }).click();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog", { name: "Note" });
  await dialog.getByRole("textbox").fill("Mine");
  await recorder.ask("PATCH", path, JSON.stringify({ note: "Theirs" }), json);
  await dialog.getByRole("button", { name: "Save note" }).click();
  await expect(dialog.getByText("The note was changed meanwhile.")).toBeVisible();
  await expect(dialog.getByText("Marta Conti wrote: “Theirs”")).toBeVisible();
  await accessible(page);
  expect((await recorder.ask("GET", path)).note.text).toBe("Theirs");
  await dialog.getByRole("button", { name: "Save mine over it" }).click();
  await expect(page.getByText("Note saved")).toBeVisible();
  expect((await recorder.ask("GET", path)).note.text).toBe("Mine");
  await recorder.ask("PATCH", path, JSON.stringify({ note: "Theirs again" }), json);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("The note was changed meanwhile.")).toBeVisible();
  expect((await recorder.ask("GET", path)).note.text).toBe("Theirs again");
  await recorder.ask("DELETE", `${path}?reason=test`);
});

test("all that match are changed, not those that are loaded", async ({ page }) => {
  await open(page, "/recordings?tag=quote");
  await expect(page.getByText("45 recordings")).toBeVisible();
  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
  await page
    .getByRole("checkbox", { name: /^Select / })
    .nth(3)
    .uncheck();
  const bar = page.getByRole("region", { name: "Selected recordings" });
  await expect(bar).toContainText("44 selected");
  await bar.getByRole("button", { name: "Select all 45" }).click();
  await expect(bar).toContainText("All 45 that match are selected");
  await bar.getByRole("button", { name: "Take tag away" }).click();
  await page.getByRole("dialog").getByLabel("Tag").fill("no such tag");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Tag no such tag taken away from 45 recordings")).toBeVisible();
});

test("deleting needs a reason, and says what stays and why", async ({ page, shared }) => {
  const ids: string[] = [];
  for (const minute of [1, 2]) {
    const start = new Date(2025, 2, 3, 9, minute);
    const party = { user: "luca", number: "231", remote: "+3905555550199", direction: 1 as const };
    ids.push(await shared.recorder.bring({ ...party, start, sound: silence }));
  }
  await shared.recorder.ask("PUT", `/api/v1/recordings/${ids[0]}/preservation`);
  await open(page, "/recordings?number=3905555550199");
  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete 2 recordings" });
  await expect(dialog.getByText("1 of them cannot be deleted and stays:")).toBeVisible();
  const submit = dialog.getByRole("button", { name: "Delete" });
  await expect(submit).toHaveAttribute("aria-disabled");
  await dialog.getByLabel("Why are these recordings deleted?").fill("Private call");
  await accessible(page);
  await submit.click();
  const result = page.getByRole("dialog", { name: "What was done" });
  await expect(result).toContainText("1 recording deleted");
  await expect(result).toContainText("1 was refused and is as it was:");
  await result.getByRole("button", { name: "Close" }).last().click();
  await expect(page.getByText("1 recording", { exact: true }).first()).toBeVisible();
  await shared.recorder.ask("DELETE", `/api/v1/recordings/${ids[0]}/preservation`);
  await shared.recorder.ask("DELETE", `/api/v1/recordings/${ids[0]}?reason=test`);
});

test("columns are chosen, and are there on another machine", async ({ page }) => {
  await open(page, "/recordings", "clumsy");
  await page.getByRole("button", { name: "Columns" }).click();
  const dialog = page.getByRole("dialog", { name: "Columns" });
  await dialog.getByRole("checkbox", { name: "Quality" }).uncheck();
  await dialog.getByRole("checkbox", { name: "Size" }).check();
  const kept = page.waitForResponse("**/api/v1/me/preferences");
  await dialog.getByRole("button", { name: "Move Started behind" }).click();
  await kept;
  await accessible(page);
  await page.keyboard.press("Escape");
  await page.context().clearCookies();
  await open(page, "/recordings?sort=-size", "chiara");
  await expect(page.getByRole("columnheader", { name: "Quality" })).toBeVisible();
  await page.context().clearCookies();
  await open(page, "/recordings", "clumsy");
  await page.getByRole("button", { name: "Columns" }).click();
  await expect(dialog.getByRole("checkbox", { name: "Quality" })).not.toBeChecked();
  await expect(dialog.getByRole("checkbox", { name: "Size" })).toBeChecked();
  await expect(dialog.getByRole("checkbox").first()).toHaveAccessibleName("Local party");
});

test("the list is sorted by what it shows, and taken as a table", async ({ page }) => {
  await open(page, "/recordings?tag=quote");
  await page.getByRole("button", { name: "Length" }).click();
  await expect(page.getByRole("grid", { name: "Recordings, longest first" })).toBeVisible();
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const file = await (await coming).createReadStream();
  let text = "";
  for await (const piece of file) text += piece;
  const lines = text.trim().split("\r\n");
  expect(lines[0]).toMatch(/^referenceNumber,id,state,startTime,/);
  expect(lines).toHaveLength(46);
});
