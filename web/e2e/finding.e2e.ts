/**
 * The task that the page exists for: among many recordings, by what is written on the screen alone,
 * the call from +39 0584 943232 last Tuesday where a refund was promised, and a link to its moment.
 * `EARWITNESS_ROWS` names a folder that `bench rows FOLDER 100000` has filled; without it the calls
 * that were brought in are those to search.
 */

import type { Locator, Page } from "@playwright/test";
import { test as base, expect, open } from "./page";
import { Recorder } from "./recorder";
import { tone } from "./sound";

/** What somebody does, counted: typing one text is one, and so is pressing one key. */
const ACTIONS_MAX = 12;

const NUMBER = "+390584943232";

const test = base.extend<object, { many: Recorder }>({
  many: [
    async ({ shared }, use) => {
      const rows = process.env.EARWITNESS_ROWS;
      if (!rows) return use(shared.recorder);
      const recorder = await Recorder.start(rows);
      await use(recorder);
      await recorder.stop();
    },
    { scope: "worker", timeout: 300_000 },
  ],
  baseURL: async ({ many }, use) => use(many.url),
});

/** The day that "last Tuesday" is for the reader. */
function lastTuesday(): Date {
  const day = new Date();
  do day.setDate(day.getDate() - 1);
  while (day.getDay() !== 2);
  day.setHours(10, 30, 0, 0);
  return day;
}

class Hands {
  count = 0;

  constructor(private readonly page: Page) {}

  click(what: Locator) {
    this.count += 1;
    return what.click();
  }

  press(key: string) {
    this.count += 1;
    return this.page.keyboard.press(key);
  }

  type(text: string) {
    this.count += 1;
    return this.page.keyboard.type(text);
  }
}

test("the call where a refund was promised is found and its moment shared", async ({
  page,
  context,
  many,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const call = {
    user: "chiara",
    number: "225",
    remote: NUMBER,
    direction: 1 as const,
    sound: tone(12, 440, 0),
  };
  const start = lastTuesday();
  const id = await many.bring({ ...call, start, note: "Refund promised by Friday" });
  const before = new Date(start);
  before.setDate(before.getDate() - 7);
  await many.bring({ ...call, start: before, note: "Refund promised, a week before" });
  await many.bring({ ...call, start, note: "Asked for the opening hours" });
  const body = JSON.stringify({ offsetMs: 7000, text: "Refund promised" });
  const headers = { "Content-Type": "application/json" };
  await many.ask("POST", `/api/v1/recordings/${id}/marks`, body, headers);

  await open(page, "/recordings");
  const hands = new Hands(page);
  await hands.click(page.getByRole("combobox", { name: "Search recordings" }));
  await hands.type("from:+390584943232 last tuesday refund promised");
  await expect(page.getByRole("option").first()).toContainText("Called by 390584943232");
  await hands.press("Enter");
  await expect(page.getByText("1 recording", { exact: true }).first()).toBeVisible();
  await hands.click(page.getByRole("link", { name: NUMBER }));
  await hands.click(page.getByRole("button", { name: /^00:07 Refund promised/ }));
  await hands.click(page.getByRole("button", { name: "Copy link to 00:07" }));
  await expect(page.getByText("Link to 00:07 copied")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`${many.url}/recordings/${id}#t=00:07`);
  expect(hands.count).toBeLessThanOrEqual(ACTIONS_MAX);
  await many.ask("DELETE", `/api/v1/recordings/${id}?reason=test`);
});
