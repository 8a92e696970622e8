/** Hearing a recording. */

import { accessible, expect, fits, open, test } from "./page";
import { heard, listen, tone } from "./sound";

test("the local party is heard on the left, and only there", async ({ page, shared }) => {
  await listen(page);
  const ranges: string[] = [];
  page.on("response", (answer) => {
    if (answer.url().endsWith("/media")) ranges.push(String(answer.status()));
  });
  await open(page, `/recordings/${shared.toneId}`);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(async () => (await heard(page)).left).toBeGreaterThan(0.1);
  const both = await heard(page);
  expect(both.right).toBeLessThan(0.0001);
  expect(Math.abs(both.leftHertz - 440)).toBeLessThan(10);

  await page.getByRole("button", { name: "Mute Chiara Bianchi" }).click();
  await expect.poll(async () => (await heard(page)).left).toBeLessThan(0.0001);
  await page.getByRole("button", { name: "Hear Chiara Bianchi alone" }).click();
  await expect.poll(async () => (await heard(page)).left).toBeGreaterThan(0.1);
  await page.keyboard.press("2");
  await expect.poll(async () => (await heard(page)).left).toBeLessThan(0.0001);
  await page.keyboard.press("3");
  await expect.poll(async () => (await heard(page)).left).toBeGreaterThan(0.1);
  expect(new Set(ranges)).toEqual(new Set(["206"]));
});

test("a link leads to its moment, silent until asked", async ({ page, shared, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, `/recordings/${shared.toneId}#t=00:04`);
  const slider = page.getByRole("slider", { name: "Place in the sound" });
  await expect(slider).toHaveAttribute("aria-valuetext", "00:04 of 0:12");
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Forward 10 seconds" }).click();
  await expect(slider).toHaveAttribute("aria-valuetext", "00:12 of 0:12");
  await page.getByRole("button", { name: "Back 10 seconds" }).click();
  await page.getByRole("button", { name: "Copy link to 00:02" }).click();
  await expect(page.getByText("Link to 00:02 copied")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`${shared.recorder.url}/recordings/${shared.toneId}#t=00:02`);
  await accessible(page);
  await fits(page);
});

test("the keys of the slider and the speed", async ({ page, shared }) => {
  await open(page, `/recordings/${shared.toneId}`);
  const slider = page.getByRole("slider", { name: "Place in the sound" });
  await slider.press("End");
  await expect(slider).toHaveAttribute("aria-valuenow", "12");
  await slider.press("Shift+ArrowLeft");
  await expect(slider).toHaveAttribute("aria-valuenow", "11");
  await slider.press("Home");
  await expect(slider).toHaveAttribute("aria-valuenow", "0");
  await page.getByRole("button", { name: "Speed, 1 times" }).click();
  await page.getByRole("menuitemradio", { name: "1.5×" }).click();
  await expect(page.getByRole("button", { name: "Speed, 1.5 times" })).toBeVisible();
  await expect(page.getByRole("menu")).not.toBeVisible();
  await page.keyboard.press(",");
  await expect(page.getByRole("button", { name: "Speed, 1.25 times" })).toBeVisible();
});

test("sound goes on in the bar while one looks elsewhere", async ({ page, shared }) => {
  await open(page, `/recordings/${shared.toneId}`);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(page.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  await page.getByRole("navigation", { name: "Main" }).getByText("Recordings").click();
  await page.getByRole("combobox", { name: "Search recordings" }).fill("tag:quote");
  await page.keyboard.press("Enter");
  const bar = page.getByRole("region", { name: "Player: +390555550117, 0:12" });
  await expect(bar.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  await accessible(page);
  await bar.getByRole("button", { name: "Close player" }).click();
  await expect(bar).not.toBeVisible();
});

test("moments are a list that leads to them", async ({ page, shared }) => {
  const mark = JSON.stringify({ offsetMs: 7000, text: "Refund promised" });
  const headers = { "Content-Type": "application/json" };
  await shared.recorder.ask("POST", `/api/v1/recordings/${shared.toneId}/marks`, mark, headers);
  await open(page, `/recordings/${shared.toneId}`);
  await page.getByRole("button", { name: "00:07 Refund promised mark by boss" }).click();
  await expect(page.getByRole("slider", { name: "Place in the sound" })).toHaveAttribute(
    "aria-valuetext",
    "00:07 of 0:12",
  );
});

test("a call placed by SIP is heard on its page", async ({ page, shared }) => {
  await shared.recorder.call("231", "+49301234567", 2);
  await open(page, "/recordings?remote=49301234567");
  await page.getByRole("link", { name: "+49301234567" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Luca Ferri");
  await expect(page.getByRole("img", { name: /Waveform: Luca Ferri above/ })).toBeVisible();
  await expect(page.getByText("Nothing was lost on the way.")).toBeVisible();
});

test("long names have room", async ({ page }) => {
  await open(page, "/recordings?tag=surveyor");
  await page.getByRole("link", { name: "442079460182999999999999" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Unterwalden");
  await fits(page);
  await accessible(page);
});

test("sound that is scrolled away is in the bar", async ({ page }) => {
  await open(page, "/recordings");
  await page.getByRole("button", { name: "Play +390555550117, 11:30:00" }).click();
  const here = page.getByRole("group", { name: /^Player/ });
  const bar = page.getByRole("region", { name: /^Player/ });
  await expect(here).toBeInViewport();
  await expect(bar).not.toBeVisible();
  await page.mouse.move(700, 500);
  await page.mouse.wheel(0, 1500);
  await expect(bar).toBeVisible();
});

test("what is not there, or no longer, is told", async ({ page, shared }) => {
  const gone = "/recordings/019338a0-0000-7000-8000-000000000000";
  await open(page, gone);
  await expect(page.getByText("There is no such recording.")).toBeVisible();
  await accessible(page);
  const id = await shared.recorder.bring({
    user: "luca",
    number: "231",
    remote: "231231231",
    start: new Date(2026, 0, 1),
    direction: 1,
    sound: tone(1, 0, 0),
  });
  await shared.recorder.ask("DELETE", `/api/v1/recordings/${id}?reason=Private+call`);
  await page.goto(`/recordings/${id}`);
  await expect(page.getByText("By boss. Reason: “Private call”.")).toBeVisible();
  await accessible(page);
});
