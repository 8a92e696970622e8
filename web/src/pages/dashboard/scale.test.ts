import { expect, test } from "vitest";
import { scale } from "./scale";

test("lines are whole, few, and reach over the largest value", () => {
  for (const most of [0, 1, 2, 3, 7, 10, 11, 99, 171, 1204, 99_999, 1_000_001]) {
    const lines = scale(most);
    expect(lines.length, `${most}`).toBeGreaterThanOrEqual(1);
    expect(lines.length, `${most}`).toBeLessThanOrEqual(5);
    expect(lines.at(-1), `${most}`).toBeGreaterThanOrEqual(most);
    expect(lines.every(Number.isInteger), `${most}`).toBe(true);
  }
  expect(scale(171)).toEqual([50, 100, 150, 200]);
});
