import { describe, expect, test } from "vitest";
import { lengthOf, loopOf, nextJump, silences } from "./spans";
import { closeness, factorTo, following, isWhole, moved, ticks, whole, zoomed } from "./zoom";

/** Ten values a second. */
const outline = (left: number[], right: number[]) => ({
  left,
  right,
  samplesPerValue: 800,
  sampleRate: 8000,
  samples: left.length * 800,
});
const run = (value: number, seconds: number) => Array<number>(seconds * 10).fill(value);

describe("silence", () => {
  const loud = [...run(200, 2), ...run(0, 4), ...run(200, 2)];
  test("is where both are quiet for long, less its ends", () => {
    expect(silences(outline(loud, loud), [])).toEqual([{ fromMs: 2200, toMs: 5800 }]);
    expect(silences(outline(loud, run(200, 8)), [])).toEqual([]);
    const short = [...run(200, 1), ...run(0, 1), ...run(200, 1)];
    expect(silences(outline(short, short), [])).toEqual([]);
  });
  test("is none where somebody is faint beside a loud one", () => {
    expect(silences(outline(loud, [...run(5, 8)]), [])).toEqual([]);
  });
  test("is never jumped over with a mark in it", () => {
    const spans = silences(outline(loud, loud), [3000, 7000]);
    expect(spans).toEqual([
      { fromMs: 2200, toMs: 2800 },
      { fromMs: 3200, toMs: 5800 },
    ]);
    expect(lengthOf(spans)).toBe(3200);
  });
  test("reaches to the end", () => {
    const ends = [...run(200, 1), ...run(0, 3)];
    expect(silences(outline(ends, ends), [])).toEqual([{ fromMs: 1200, toMs: 3800 }]);
    expect(silences(outline([], []), [])).toEqual([]);
  });
});

describe("where playing goes", () => {
  const over = [{ fromMs: 2000, toMs: 4000 }];
  test("over a silence, also from within it", () => {
    expect(nextJump(0, undefined, over)).toEqual({ atMs: 2000, toMs: 4000 });
    expect(nextJump(3000, undefined, over)).toEqual({ atMs: 3000, toMs: 4000 });
    expect(nextJump(4000, undefined, over)).toBeUndefined();
  });
  test("back to the beginning of a loop, not from behind it", () => {
    const loop = { fromMs: 500, toMs: 1500 };
    expect(nextJump(0, loop, over)).toEqual({ atMs: 1500, toMs: 500 });
    expect(nextJump(1500, loop, [])).toBeUndefined();
  });
  test("a silence at the end of a loop ends with it", () => {
    const loop = { fromMs: 1000, toMs: 3000 };
    expect(nextJump(1200, loop, over)).toEqual({ atMs: 2000, toMs: 1000 });
  });
});

test("a loop has two ends in order, and some length", () => {
  expect(loopOf(5060, 1010, 9000)).toEqual({ fromMs: 1000, toMs: 5100 });
  expect(loopOf(-50, 99_000, 9000)).toEqual({ fromMs: 0, toMs: 9000 });
  expect(loopOf(1000, 1200, 9000)).toBeUndefined();
});

describe("zoom", () => {
  const all = whole(100_000);
  test("what is at the pointer stays there", () => {
    const near = zoomed(all, 2, 25_000, 100_000);
    expect(near).toEqual({ fromMs: 12_500, toMs: 62_500 });
    expect(zoomed(near, 0.5, 25_000, 100_000)).toEqual(all);
    expect(isWhole(zoomed(near, 0.01, 25_000, 100_000), 100_000)).toBe(true);
  });
  test("no closer than four seconds, and never beyond the ends", () => {
    expect(zoomed(all, 1000, 100_000, 100_000)).toEqual({ fromMs: 96_000, toMs: 100_000 });
    expect(zoomed(whole(900), 2, 0, 900)).toEqual(whole(900));
    expect(moved({ fromMs: 0, toMs: 10_000 }, -5, 100_000).fromMs).toBe(0);
    expect(moved({ fromMs: 0, toMs: 10_000 }, 95_000, 100_000).toMs).toBe(100_000);
  });
  test("follows by pages", () => {
    const view = { fromMs: 0, toMs: 10_000 };
    expect(following(view, 9_999, 100_000)).toBe(view);
    expect(following(view, 10_000, 100_000)).toEqual({ fromMs: 9_000, toMs: 19_000 });
    const last = { fromMs: 90_000, toMs: 100_000 };
    expect(following(last, 100_000, 100_000)).toBe(last);
  });
  test("equal steps", () => {
    expect(closeness(all, 100_000)).toBe(0);
    const near = zoomed(all, factorTo(all, 0.5, 100_000), 0, 100_000);
    expect(closeness(near, 100_000)).toBeCloseTo(0.5);
    expect(closeness(whole(900), 900)).toBe(0);
  });
  test("round times below", () => {
    expect(ticks({ fromMs: 1500, toMs: 11_000 }, 5)).toEqual([2000, 4000, 6000, 8000, 10_000]);
  });
});
