/** Calls in progress. */

import { accessible, expect, fits, open, test } from "./page";
import type { Recorder } from "./recorder";

async function onDemand(recorder: Recorder, number: string) {
  const body = JSON.stringify({ name: `Ask first: ${number}`, mode: "on-demand", number });
  await recorder.ask("POST", "/api/v1/rules", body, { "Content-Type": "application/json" });
  // The recorder looks at its rules twice a second, and nothing outside says when it has.
  await new Promise((done) => setTimeout(done, 1000));
}

test("a call appears, is marked, paused and resumed, and is there to be heard", async ({
  page,
  shared,
}) => {
  await open(page, "/live");
  await expect(page.getByText("No call is in progress")).toBeVisible();
  await expect(page.getByText("Updating by itself")).toBeVisible();
  const hangUp = shared.recorder.begin("225", "+390650123499");
  const calls = page.getByRole("table", { name: "Calls in progress" });
  const call = calls.getByRole("row").filter({ hasText: "+390650123499" });
  await expect(call).toContainText("Recording");
  await expect(call).toContainText("Chiara Bianchi");
  await expect(call).toContainText("Sales");
  await expect(call).toContainText("Incoming");
  await expect(call).toContainText("PCMU");
  await expect(call).toContainText("00:02");
  await expect(page.getByText("1 call now, 1 recording").first()).toBeVisible();
  await expect(page.getByRole("link", { name: /^Live 1 in progress/ })).toBeVisible();

  await call.getByRole("button", { name: "Mark this moment: +390650123499" }).click();
  await expect(page.getByText(/^Marked at 00:\d\d\./)).toBeVisible();
  await call.getByRole("button", { name: "Pause: +390650123499" }).click();
  await expect(call).toContainText("Paused by boss");
  await expect(page.getByText("1 call now, 0 recording").first()).toBeVisible();
  await call.getByRole("button", { name: "Resume: +390650123499" }).click();
  await expect(call).not.toContainText("Paused");
  await accessible(page);

  await expect(call.getByRole("button", { name: "Stop recording" })).toHaveAttribute(
    "aria-description",
    "A call that is always recorded cannot be stopped. It can be paused.",
  );
  await hangUp();
  await expect(page.getByText("No call is in progress")).toBeVisible();
  const ended = page.getByRole("list", { name: "Calls that ended in the last ten minutes" });
  const recording = ended.getByRole("listitem").filter({ hasText: "+390650123499" });
  await expect(recording).toContainText("Ready");
  await recording.getByRole("link", { name: "+390650123499" }).click();
  await expect(page).toHaveURL(/\/recordings\/[0-9a-f-]{36}/);
  await expect(page.getByRole("button", { name: /Mark/ }).first()).toBeVisible();
});

test("a call on demand says so, and is recorded from start to stop", async ({ page, shared }) => {
  await onDemand(shared.recorder, "231");
  const hangUp = shared.recorder.begin("231", "+39055123401");
  await open(page, "/live");
  const call = page.getByRole("row").filter({ hasText: "+39055123401" });
  await expect(call).toContainText("On demand: recorded once somebody starts it");
  const stop = call.getByRole("button", { name: "Stop recording" });
  await expect(stop).toHaveAttribute("aria-description", "This call is not being recorded.");
  await call.getByRole("button", { name: "Start" }).click();
  await expect(call.getByText("Recording", { exact: true })).toBeVisible();
  await expect(stop).not.toHaveAttribute("aria-disabled");

  await stop.click();
  const dialog = page.getByRole("dialog", { name: "Stop recording this call?" });
  await expect(dialog).toContainText("What was recorded so far is kept.");
  await accessible(page);
  await dialog.getByRole("button", { name: "Stop recording" }).click();
  await expect(dialog).not.toBeVisible();
  await expect(call).toContainText("Not recording");
  const ended = page.getByRole("list", { name: "Calls that ended in the last ten minutes" });
  const recording = ended.getByRole("listitem").filter({ hasText: "+39055123401" });
  await expect(recording).toContainText("Ready");
  await hangUp();
  await expect(page.getByText("No call is in progress")).toBeVisible();
});

test("one filters, by name and by number, with long names on every width", async ({
  page,
  shared,
}) => {
  const one = shared.recorder.begin("262", "442079460182999999999999");
  const other = shared.recorder.begin("225", "+39055123402");
  await open(page, "/live");
  await expect(page.getByText("+39055123402")).toBeVisible();
  await expect(page.getByText("442079460182999999999999")).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("chiara 0551");
  await expect(page.getByText("442079460182999999999999")).not.toBeVisible();
  await expect(page.getByText("+39055123402")).toBeVisible();
  await page.getByRole("textbox", { name: "Filter calls" }).fill("elephant");
  await expect(page.getByText("No call matches “elephant”")).toBeVisible();
  await page.getByRole("button", { name: "Drop the filter" }).click();
  await expect(page.getByText("442079460182999999999999")).toBeVisible();
  await fits(page);
  await accessible(page);
  await Promise.all([one(), other()]);
});

test("one sees one's own calls, and why one may not pause them", async ({ page, shared }) => {
  const own = shared.recorder.begin("225", "+39055123403");
  const foreign = shared.recorder.begin("200", "+39055123404");
  await open(page, "/live", "chiara");
  const call = page.getByRole("row").filter({ hasText: "+39055123403" });
  await expect(call).toBeVisible();
  await expect(page.getByText("+39055123404")).not.toBeVisible();
  await expect(call.getByRole("button", { name: "Pause" })).toHaveAttribute(
    "aria-description",
    "A call that is always recorded is paused by administrators only.",
  );
  await Promise.all([own(), foreign()]);
});

test("who may not see calls in progress is told", async ({ page }) => {
  await open(page, "/live", "rita");
  await expect(page.getByText("Your level does not let you see calls")).toBeVisible();
  await accessible(page);
});

test("when the line is lost it says since when, and goes on by itself", async ({
  page,
  shared,
}) => {
  const hangUp = shared.recorder.begin("225", "+39055123405");
  await page.clock.install();
  await page.clock.resume();
  await open(page, "/live");
  await expect(page.getByText("+39055123405")).toBeVisible();
  await page.context().setOffline(true);
  await page.route("**/api/v1/live-recordings*", (route) => route.abort());
  await page.route("**/api/v1/live-recordings/events", (route) => route.abort());
  // Nothing is heard for longer than the server is ever quiet.
  await page.clock.fastForward(30_000);
  await page.clock.fastForward(5000);
  await expect(page.getByText(/^Not updating since \d\d:\d\d:\d\d$/)).toBeVisible();
  await expect(page.getByText("+39055123405")).toBeVisible();
  await accessible(page);
  await page.unrouteAll();
  await page.context().setOffline(false);
  await page.clock.fastForward(15_000);
  await expect(page.getByText("Updating by itself")).toBeVisible();
  await hangUp();
});
