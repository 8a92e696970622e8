import { expect, test } from "vitest";
import { bars } from "./outline";

const outline = (left: number[], right: number[], samplesPerValue = 10) => ({
  left,
  right,
  samplesPerValue,
  sampleRate: 8000,
  samples: left.length * samplesPerValue,
});

test("both sides are measured by the loudest", () => {
  expect(bars(outline([100, 0], [50, 200]), 2)).toEqual({ left: [0.5, 0], right: [0.25, 1] });
});

test("nothing loud is lost when bars are few", () => {
  const values = Array.from({ length: 1000 }, (_, place) => (place === 777 ? 255 : 0));
  const few = bars(outline(values, values), 7);
  expect(few.left.filter((height) => height === 1)).toHaveLength(1);
  expect(few.left[Math.floor((777 / 1000) * 7)]).toBe(1);
});

test("few values fill many bars", () => {
  expect(bars(outline([10, 20], [0, 0]), 4).left).toEqual([0.5, 0.5, 1, 1]);
});

test("silence and nothing at all have bars of no height", () => {
  expect(bars(outline([0, 0], [0, 0]), 2).left).toEqual([0, 0]);
  expect(bars(outline([], []), 2)).toEqual({ left: [0, 0], right: [0, 0] });
});

test("a part is drawn as high as in the whole", () => {
  const part = bars(outline([0, 200, 50, 100], [0, 0, 0, 0]), 2, 0.5, 1);
  expect(part.left).toEqual([0.25, 0.5]);
});
