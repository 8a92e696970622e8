/** A recording: listening closely, writing to it, keeping and deleting it, proving it. */

import type { Page } from "@playwright/test";
import { accessible, expect, fits, open, test } from "./page";
import type { Recorder } from "./recorder";
import { heard, listen, tones } from "./sound";

/** Ours speaks, nobody for six seconds, theirs speaks, ours speaks. */
function talk(recorder: Recorder, note?: string): Promise<string> {
  return recorder.bring({
    user: "chiara",
    number: "225",
    remote: "+441632960182",
    start: new Date(2026, 0, 2, 14, 41, 26),
    direction: 1,
    ...(note ? { note } : {}),
    sound: tones([
      [3, 440, 0],
      [6, 0, 0],
      [3, 0, 330],
      [8, 440, 0],
    ]),
  });
}

const json = { "Content-Type": "application/json" };

function place(page: Page) {
  return page.getByRole("slider", { name: "Place in the sound" });
}

async function seconds(page: Page): Promise<number> {
  return Number(await place(page).getAttribute("aria-valuenow"));
}

test("a stretch is heard again and again", async ({ page, shared, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}`);
  await expect(page.getByRole("img", { name: /^Waveform/ })).toBeVisible();
  const lanes = await place(page).boundingBox();
  if (!lanes) throw new Error("no lanes");
  const x = (share: number) => lanes.x + lanes.width * share;
  await page.mouse.move(x(0.5), lanes.y + 40);
  await page.mouse.down();
  await page.mouse.move(x(0.55), lanes.y + 60, { steps: 4 });
  await page.mouse.up();
  const loop = page.getByRole("button", { name: /^Loop 00:10–00:11/ });
  await expect(loop).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("slider", { name: "Loop ends" }).press("Shift+ArrowRight");
  await expect(page.getByRole("button", { name: /^Loop 00:10–00:12/ })).toBeVisible();

  await page.getByRole("button", { name: "Copy link to 00:10–00:12" }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#t=00:10-00:12$/);

  // Played to its end, it begins anew: never beyond, for longer than the loop lasts.
  await page.getByRole("button", { name: "Play", exact: true }).click();
  const passed: number[] = [];
  await expect
    .poll(
      async () => {
        const now = await seconds(page);
        if (now !== passed.at(-1)) passed.push(now);
        return passed.filter((one) => one === 10).length;
      },
      { intervals: [50] },
    )
    .toBe(3);
  expect(Math.max(...passed)).toBeLessThanOrEqual(12);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Loop", exact: true })).toBeVisible();
  await expect.poll(() => seconds(page)).toBeGreaterThan(12);

  await page.goto("/recordings");
  await page.goto(link);
  await expect(page.getByRole("button", { name: /^Loop 00:10–00:12/ })).toBeVisible();
  await accessible(page);
  await fits(page);
});

test("the keys take a loop where the sound is", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}#t=00:04`);
  await expect(place(page)).toHaveAttribute("aria-valuenow", "4");
  await page.keyboard.press("[");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("]");
  await expect(page.getByRole("button", { name: "Loop 00:04–00:06" })).toBeVisible();
});

test("silence is jumped over, but never a mark", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}`);
  const jump = page.getByRole("button", { name: "Jump silence, saves 0:05" });
  await expect(jump).toBeVisible();
  await page.keyboard.press("s");
  await expect(jump).toHaveAttribute("aria-pressed", "true");
  const seen = new Set<number>();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect
    .poll(
      async () => {
        const now = await seconds(page);
        seen.add(now);
        return now;
      },
      { intervals: [40] },
    )
    .toBeGreaterThan(9);
  expect([...seen].filter((one) => one >= 5 && one <= 7)).toEqual([]);

  for (const offsetMs of [5000, 7000]) {
    const mark = JSON.stringify({ offsetMs, text: "Quiet here" });
    await shared.recorder.ask("POST", `/api/v1/recordings/${id}/marks`, mark, json);
  }
  // What surrounds the marks is heard.
  await page.reload();
  await expect(page.getByRole("button", { name: "Jump silence, saves 0:04" })).toBeVisible();
});

test("each side has a volume, and both can be in both ears", async ({ page, shared }) => {
  await listen(page);
  await open(page, `/recordings/${shared.toneId}`);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(async () => (await heard(page)).left).toBeGreaterThan(0.2);
  const plain = await heard(page);
  expect(plain.right).toBeLessThan(0.0001);
  await page.getByRole("slider", { name: "Volume Chiara Bianchi" }).fill("150");
  await expect.poll(async () => (await heard(page)).left / plain.left).toBeGreaterThan(1.4);
  await page.getByRole("slider", { name: "Volume Chiara Bianchi" }).fill("100");
  await page.getByRole("button", { name: "Both in both ears" }).click();
  await expect.poll(async () => (await heard(page)).right).toBeGreaterThan(0.1);
  await page.getByRole("button", { name: "Both in both ears" }).click();
  await expect.poll(async () => (await heard(page)).right).toBeLessThan(0.0001);
});

test("one looks closer, and elsewhere", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}`);
  await expect(page.getByRole("img", { name: /^Waveform/ })).toBeVisible();
  const part = page.getByRole("slider", { name: "Part in view" });
  await expect(part).not.toBeVisible();
  await place(page).hover();
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  await expect(part).toHaveAttribute("aria-valuetext", /^00:0[4-6] to 00:1[4-6]$/);
  // What is played is followed; what one looks at is not, until one says so.
  await page.keyboard.press("0");
  await expect(part).not.toBeVisible();
  await page.getByRole("button", { name: "Closer" }).click();
  await expect(part).toHaveAttribute("aria-valuetext", "00:00 to 00:12");
  await part.press("End");
  await expect(part).toHaveAttribute("aria-valuetext", "00:07 to 00:20");
  await accessible(page);
  await page.getByRole("button", { name: "Follow" }).click();
  await expect(part).toHaveAttribute("aria-valuetext", "00:00 to 00:12");
  const window = await part.boundingBox();
  if (!window) throw new Error("no window");
  await page.mouse.move(window.x + 20, window.y + 10);
  await page.mouse.down();
  await page.mouse.move(window.x + 2000, window.y + 10, { steps: 3 });
  await page.mouse.up();
  await expect(part).toHaveAttribute("aria-valuetext", "00:07 to 00:20");
});

test("a mark is set while the sound goes on, found, and taken away", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}#t=00:05`);
  await expect(place(page)).toHaveAttribute("aria-valuenow", "5");
  await page.keyboard.press("m");
  const text = page.getByRole("textbox", { name: "Text of the mark at 00:04" });
  await expect(text).toBeFocused();
  await accessible(page);
  await text.fill("Refund promised");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Mark “Refund promised” set")).toBeVisible();
  await expect(page.getByRole("button", { name: "Mark at 00:04: Refund promised" })).toBeVisible();
  await page.getByRole("button", { name: "00:04 Refund promised mark by boss" }).click();
  await expect(place(page)).toHaveAttribute("aria-valuenow", "4");
  await page.getByRole("button", { name: "Remove mark Refund promised" }).click();
  await expect(page.getByText("Nothing is marked in this recording.")).toBeVisible();
  await page.keyboard.press("z");
  await expect(page.getByRole("button", { name: "Remove mark Refund promised" })).toBeVisible();
  await page.keyboard.press("m");
  await page.getByRole("textbox", { name: /^Text of the mark/ }).press("Escape");
  await expect(page.getByRole("textbox", { name: /^Text of the mark/ })).not.toBeVisible();
});

test("the note is written, its history kept, and nobody's words are lost", async ({
  page,
  shared,
}) => {
  const id = await talk(shared.recorder, "Asked for a refund");
  await open(page, `/recordings/${id}`);
  await expect(page.getByText("Asked for a refund")).toBeVisible();
  await page.keyboard.press("n");
  const note = page.getByRole("textbox", { name: "Note" });
  await expect(note).toBeFocused();
  await accessible(page);
  await note.fill("Refund promised by Friday");
  await note.press("Control+Enter");
  await expect(page.getByText("Note saved")).toBeVisible();
  await expect(page.getByText("last written by Marta Conti")).toBeVisible();

  await page.getByRole("button", { name: "Edit N" }).click();
  await note.fill("Mine");
  const theirs = JSON.stringify({ note: "Theirs" });
  await shared.recorder.ask("PATCH", `/api/v1/recordings/${id}`, theirs, json);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("The note was changed meanwhile.")).toBeVisible();
  await expect(page.getByText("Marta Conti wrote: “Theirs”")).toBeVisible();
  await accessible(page);
  await fits(page);
  await page.getByRole("button", { name: "Save mine over it" }).click();
  await expect(page.getByText("Mine", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: "History" }).click();
  const history = page.getByRole("dialog", { name: "History of the note" });
  await expect(history.getByText("Theirs")).toBeVisible();
  await expect(history.getByText("Asked for a refund")).toBeVisible();
});

test("tags come and go, and come back", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}`);
  const tags = page.getByRole("list", { name: "Tags" });
  await expect(tags).toBeVisible();
  await page.keyboard.press("t");
  await page.getByRole("textbox", { name: "New tag" }).fill("refund");
  await page.keyboard.press("Enter");
  await expect(tags.getByText("refund")).toBeVisible();
  await page.getByRole("textbox", { name: "New tag" }).press("Escape");
  // Somebody else changes the recording; tags are added to what is there now.
  const note = JSON.stringify({ note: "By somebody else", tags: ["refund", "theirs"] });
  await shared.recorder.ask("PATCH", `/api/v1/recordings/${id}`, note, json);
  await page.getByRole("button", { name: "Remove tag refund" }).click();
  await expect(page.getByText("Tag “refund” removed")).toBeVisible();
  await expect(tags.getByText("theirs")).toBeVisible();
  await expect(tags.getByText("refund")).not.toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(tags.getByText("refund")).toBeVisible();
});

test("preserved, on hold, released, deleted", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}`);
  const remove = page.getByRole("button", { name: "Delete" });
  await page.getByRole("button", { name: "Preserve" }).click();
  await expect(page.getByText("Preserved by Marta Conti")).toBeVisible();
  await expect(remove).toHaveAttribute("aria-disabled", "true");
  await expect(remove).toHaveAccessibleDescription("It is preserved: release it first.");
  await page.keyboard.press("p");
  await expect(page.getByText("Preserved by Marta Conti")).not.toBeVisible();

  await page.getByRole("button", { name: "Legal hold" }).click();
  const hold = page.getByRole("dialog", { name: "Put on legal hold" });
  await hold.getByLabel("Reason").fill("Case 4711");
  await accessible(page);
  await hold.getByRole("button", { name: "Legal hold" }).click();
  await expect(page.getByText("On legal hold by Marta Conti: Case 4711")).toBeVisible();
  await expect(remove).toHaveAccessibleDescription("It is on legal hold.");
  await page.getByRole("button", { name: "End legal hold" }).click();
  const end = page.getByRole("dialog", { name: "End the legal hold" });
  await expect(end.getByText("Held by Marta Conti: Case 4711.")).toBeVisible();
  await end.getByLabel("Reason").fill("Case closed");
  await end.getByRole("button", { name: "End legal hold" }).click();
  await expect(page.getByText("Legal hold ended")).toBeVisible();

  await remove.click();
  const dialog = page.getByRole("dialog", { name: "Delete this recording" });
  await dialog.getByLabel("Reason").fill("Private call");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/recordings$/);
  await page.goto(`/recordings/${id}`);
  await expect(page.getByText("By boss. Reason: “Private call”.")).toBeVisible();
});

test("it is verified, downloaded, and who listened is known", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}`);
  await expect(page.getByText("Nobody listened yet.")).toBeVisible();
  await page.getByRole("button", { name: "Verify now" }).click();
  await expect(page.getByText(/^Verified .*\d\d:\d\d:\d\d/)).toBeVisible();
  await expect(page.getByText(/have the SHA-256 they had/)).toBeVisible();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect((await downloading).suggestedFilename()).toMatch(/^\d{13}\.wav$/);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(page.getByText("listening now")).toBeVisible();
  await page.reload();
  await expect(page.getByText("listened once")).toBeVisible();
  await expect(page.getByText("downloaded once")).toBeVisible();
  await accessible(page);
  await fits(page);
});

test("a file that is no longer what it was is told", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await page.route("**/verification", (route) =>
    route.fulfill({
      json: {
        checkedAt: "2026-11-24T12:00:00Z",
        intact: false,
        expected: { sha256: "a".repeat(64), size: 640_044 },
        found: { sha256: "b".repeat(64), size: 640_044 },
      },
    }),
  );
  await open(page, `/recordings/${id}`);
  await page.getByRole("button", { name: "Verify now" }).click();
  await expect(page.getByText(/^Not intact/)).toBeVisible();
  await expect(page.getByText("b".repeat(64))).toBeVisible();
  await accessible(page);
  await fits(page);
});

test("what one may not do says why", async ({ page, shared }) => {
  const id = await talk(shared.recorder);
  await open(page, `/recordings/${id}`, "chiara");
  await expect(page.getByText("Needs the right to read the audit.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Legal hold" })).toHaveAccessibleDescription(
    "Needs the level Complete.",
  );
  await accessible(page);
});

test("the messages of a call are read as they came", async ({ page, shared, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await shared.recorder.call("225", "+441632960199", 2);
  await open(page, "/recordings?remote=441632960199");
  await page.getByRole("link", { name: "+441632960199" }).click();
  await expect(page.getByRole("heading", { name: "Quality" })).toBeVisible();
  await expect(page.getByText("Nothing was lost on the way.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Parties over time" })).toBeVisible();
  await accessible(page);
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("link", { name: "Messages as received" }).click();
  await expect(page).toHaveURL(/\/signalling/);
  await expect(page.getByText("Keys and passwords are cut out.")).toBeVisible();
  await expect(page.getByRole("heading", { name: /Received.*INVITE sip:/ }).first()).toBeVisible();
  await page.getByRole("searchbox", { name: "Find in the messages" }).fill("siprec");
  await expect(page.getByText(/^\d+ hits?$/)).toBeVisible();
  await page.getByRole("button", { name: "Copy message 1" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^INVITE sip:/);
  await accessible(page);
  await fits(page);
  await page.getByRole("searchbox").press("Escape");
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/recordings\/[0-9a-f-]{36}/);
});
