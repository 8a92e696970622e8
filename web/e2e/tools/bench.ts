/**
 * What the page costs those who use it: `make web-bench`. Prints a table and judges nothing by
 * time. `EARWITNESS_ROWS` names a folder that `bench rows FOLDER 1000000` has filled.
 */

import { test as base, expect, type Page } from "@playwright/test";
import { PASSWORD, Recorder } from "../recorder";
import { serveFrom } from "../site";
import { listen, tone } from "../sound";

const HOUR_S = 3600;
const CLICKS = 10;

const test = base.extend({
  page: async ({ page }, use) => {
    await serveFrom(page, process.env.EARWITNESS_SITE);
    await use(page);
  },
});

function say(line: string) {
  process.stdout.write(`${line}\n`);
}

/** Goes to a page of a recorder as somebody who may see everything. */
async function goTo(page: Page, recorder: Recorder, path: string) {
  const data = { username: "boss", password: PASSWORD };
  const signedIn = await page.request.post(`${recorder.url}/api/v1/session`, { data });
  expect(signedIn.status()).toBe(200);
  await page.goto(`${recorder.url}${path}`);
}

/** Times of what was asked of the server since the page was loaded, in milliseconds. */
interface Asked {
  path: string;
  ms: number;
}

function asked(page: Page): Promise<Asked[]> {
  return page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((entry) => entry as PerformanceResourceTiming)
      .filter((entry) => entry.name.includes("/api/v1/"))
      .map((entry) => ({
        path: new URL(entry.name).pathname + new URL(entry.name).search,
        ms: entry.responseStart - entry.requestStart,
      })),
  );
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

test("from a click on a row to sound, in a recording of an hour", async ({ page }) => {
  const recorder = await Recorder.start();
  try {
    await recorder.bring({
      user: "chiara",
      number: "225",
      remote: "+390584943232",
      start: new Date(Date.now() - 2 * HOUR_S * 1000),
      direction: 1,
      sound: tone(HOUR_S, 440, 0),
    });
    const size = (await recorder.ask("GET", "/api/v1/recordings?limit=1")).items[0].size;
    await listen(page);
    const received = await mediaBytes(page);
    const times: number[] = [];
    let bytes = 0;
    for (let click = 0; click < CLICKS; click++) {
      await goTo(page, recorder, "/recordings");
      const play = page.getByRole("button", { name: /^Play \+390584943232/ });
      const before = received();
      await play.hover();
      times.push(await sounding(page, () => play.click()));
      bytes = Math.max(bytes, received() - before);
    }
    const [middle, most] = [median(times), Math.max(...times)].map((ms) => ms.toFixed(0));
    say(`\nclick to sound: median ${middle} ms, most ${most} ms (${CLICKS} clicks, aim 300)`);
    say(`fetched until then: at most ${bytes} bytes of ${size}`);
  } finally {
    await recorder.stop();
  }
});

/** Counts the bytes of sound that come: the page learns of a request only when it is over. */
async function mediaBytes(page: Page): Promise<() => number> {
  const browser = await page.context().newCDPSession(page);
  const sounds = new Set<string>();
  let bytes = 0;
  browser.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (new URL(request.url).pathname.endsWith("/media")) sounds.add(requestId);
  });
  browser.on("Network.dataReceived", ({ requestId, dataLength }) => {
    if (sounds.has(requestId)) bytes += dataLength;
  });
  await browser.send("Network.enable");
  return () => bytes;
}

/** Milliseconds from the click, as the page sees it, until something is heard. */
async function sounding(page: Page, click: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const state = { clicked: 0, heard: 0 };
    Object.assign(window, { state });
    const { ears } = window as unknown as { ears: AnalyserNode[] };
    window.addEventListener("click", () => (state.clicked ||= performance.now()), true);
    const look = () => {
      const samples = new Float32Array(8192);
      const loud = ears.some((ear) => {
        ear.getFloatTimeDomainData(samples);
        return samples.some((one) => Math.abs(one) > 0.05);
      });
      if (loud) state.heard = performance.now();
      else setTimeout(look, 2);
    };
    look();
  });
  await click();
  await page.waitForFunction(
    () => (window as unknown as { state: { heard: number } }).state.heard > 0,
  );
  return page.evaluate(() => {
    const { state } = window as unknown as { state: { clicked: number; heard: number } };
    return state.heard - state.clicked;
  });
}

test("a list of very many rows", async ({ page }) => {
  const rows = process.env.EARWITNESS_ROWS;
  if (!rows)
    say("\nno list measured: EARWITNESS_ROWS names no folder filled by `bench rows FOLDER COUNT`");
  test.skip(!rows);
  const recorder = await Recorder.start(rows);
  try {
    const all: Asked[] = [];
    const took = async (what: string) => {
      await page.waitForLoadState("networkidle");
      const now = await asked(page);
      await page.evaluate(() => performance.clearResourceTimings());
      const slowest = now.toSorted((a, b) => b.ms - a.ms)[0];
      all.push(...now);
      const worst = `${slowest?.ms.toFixed(1)} ms ${slowest?.path}`;
      say(`${what.padEnd(34)} ${String(now.length).padStart(3)} asked, slowest ${worst}`);
    };
    await goTo(page, recorder, "/recordings");
    await expect(page.getByText(/[\d,.]+ recordings/).first()).toBeVisible();
    await took("open");
    await page.getByRole("row").nth(5).hover();
    for (let screen = 0; screen < 40; screen++) {
      await page.mouse.wheel(0, 2400);
      await page.waitForTimeout(60);
    }
    await took("scroll 40 screens");
    for (const typed of ["2007", "bianchi 12", "last week", "> 5 min", "is:poor", "group:g17"]) {
      await page.goto(`${recorder.url}/recordings`);
      const search = page.getByRole("combobox");
      await search.fill(typed);
      await search.press("Enter");
      await page.waitForTimeout(300);
      await took(`search “${typed}”`);
    }
    await page.goto(`${recorder.url}/recordings`);
    await took("open again");
    for (const column of ["Length", "Started"]) {
      await page.getByRole("button", { name: column, exact: true }).first().click();
      await took(`sort by ${column}`);
    }
    const slowest = all.toSorted((a, b) => b.ms - a.ms)[0];
    say(`${all.length} requests, slowest ${slowest?.ms.toFixed(1)} ms (aim 100)`);
  } finally {
    await recorder.stop();
  }
});
