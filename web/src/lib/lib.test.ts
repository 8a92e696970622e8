import { describe, expect, test } from "vitest";
import { momentLink, readMoment, safeNext } from "./paths";
import { addDays, dayOf, length, midnight, place, readPlace } from "./time";
import { lengthRange, listQuery, readView } from "./view";

describe("addresses", () => {
  test("a moment", () => {
    expect(momentLink("https://rec.example.com", "01-a", 277_900)).toBe(
      "https://rec.example.com/recordings/01-a#t=04:37",
    );
  });
  test("a stretch, read back as written", () => {
    const link = momentLink("https://rec.example.com", "01", 248_000, 306_500);
    expect(link).toBe("https://rec.example.com/recordings/01#t=04:08-05:06.5");
    expect(readMoment(new URL(link).hash)).toEqual({ fromMs: 248_000, toMs: 306_500 });
    expect(readMoment("#t=04:37")).toEqual({ fromMs: 277_000 });
    expect(readMoment("#moments")).toBeUndefined();
  });
  test("after signing in one stays here", () => {
    for (const next of ["/recordings?q=refund&sel=1", "/recordings/1#t=04:37"]) {
      expect(safeNext(next)).toBe(next);
    }
    for (const next of [
      "",
      "//evil.example",
      "/\\evil.example",
      "https://evil.example/",
      "javascript:alert(1)",
      "recordings",
      "/signin",
      "/signin?next=/signin",
      "/..//evil.example",
      "/\t/evil.example",
    ]) {
      expect(safeNext(next), next).toBe("/");
    }
  });
});

describe("times", () => {
  test("how long, and where", () => {
    expect([0, 59_999, 247_000, 3_723_000].map(length)).toEqual([
      "0:00",
      "0:59",
      "4:07",
      "1:02:03",
    ]);
    expect([0, 247_900, 3_723_000].map(place)).toEqual(["00:00", "04:07", "1:02:03"]);
  });
  test("places are read as they are written", () => {
    for (const ms of [0, 7_000, 277_000, 3_723_000]) expect(readPlace(place(ms))).toBe(ms);
    expect(readPlace("04:37.25")).toBe(277_250);
    for (const wrong of ["", "4", "4:7", "-1:00", "a:00", "1:2:3"]) {
      expect(readPlace(wrong), wrong).toBeUndefined();
    }
  });
  test("days that are none", () => {
    expect(midnight("2026-02-30")).toBeUndefined();
    expect(midnight("2026-13-01")).toBeUndefined();
    expect(dayOf(midnight("2026-02-28") ?? new Date(0))).toBe("2026-02-28");
  });
  test("a day later is a day later when clocks change", () => {
    for (const day of ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2026-12-31"]) {
      const start = midnight(day) ?? new Date(0);
      expect(addDays(start, 1).getHours()).toBe(0);
      expect(dayOf(addDays(addDays(start, 1), -1))).toBe(day);
    }
  });
});

describe("views", () => {
  test("what makes no sense in an address is left out", () => {
    const query = {
      q: 2026,
      from: "yesterday",
      len: "long",
      dir: "up",
      is: "held,x",
      sort: "name",
    };
    expect(readView(query)).toEqual({ q: "2026", is: "held" });
    expect(readView({ sort: "constructor", from: "2026-11-17", len: "gt:300" })).toEqual({
      from: "2026-11-17",
      len: "gt:300",
    });
  });
  test("what the server is asked", () => {
    const asked = listQuery({
      q: "refund",
      number: "0584",
      from: "2026-11-17",
      to: "2026-11-17",
      len: "gt:300",
      dir: "in",
      is: "held,failed",
      sort: "length",
      sel: "1",
    });
    expect(asked).toEqual({
      text: "refund",
      numberContains: "0584",
      startTimeFrom: new Date(2026, 10, 17).toISOString(),
      startTimeTo: new Date(2026, 10, 18).toISOString(),
      durationMsMin: 300_001,
      direction: "incoming",
      onHold: true,
      state: "failed",
      sort: "durationMs",
    });
    expect(listQuery({})).toEqual({ sort: "-startTime" });
  });
  test("bounds of lengths", () => {
    expect(lengthRange("lt:60")).toEqual({ most: 59_999 });
    expect(lengthRange("60-300")).toEqual({ least: 60_000, most: 300_000 });
    expect(lengthRange("60")).toEqual({});
  });
});
