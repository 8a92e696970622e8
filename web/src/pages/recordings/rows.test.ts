import { expect, test } from "vitest";
import type { Summary } from "../../api/client";
import { dayAt, items, neighbour } from "./rows";

const row = (id: string, date: number, hour = 12) =>
  ({ id, startTime: new Date(2026, 10, date, hour).toISOString() }) as Summary;

const ROWS = [row("a", 24), row("b", 24, 0), row("c", 23), row("d", 21)];

const shape = (list: ReturnType<typeof items>) =>
  list.map((item) => (item.kind === "day" ? `${item.day} ${item.counted}` : item.recording.id));

test("days have heads with exact counts, but for the one that may go on", () => {
  expect(shape(items(ROWS, true, true, undefined))).toEqual([
    "2026-11-24 2",
    "a",
    "b",
    "2026-11-23 1",
    "c",
    "2026-11-21 undefined",
    "d",
  ]);
  expect(shape(items(ROWS, true, false, undefined)).at(-2)).toBe("2026-11-21 1");
});

test("other orders have no days, and the player opens below its row", () => {
  expect(shape(items(ROWS, false, false, "b"))).toEqual(["a", "b", "b", "c", "d"]);
});

test("every place belongs to the day above it", () => {
  const list = items(ROWS, true, false, undefined);
  expect(list.map((_, place) => dayAt(list, place)?.day.slice(-2))).toEqual(
    "24 24 24 23 23 21 21".split(" "),
  );
  expect(dayAt([], 0)).toBeUndefined();
});

test("keys move from row to row and stop at the ends", () => {
  expect(neighbour(ROWS, "b", 1)?.id).toBe("c");
  expect(neighbour(ROWS, "a", -1)).toBeUndefined();
  expect(neighbour(ROWS, "d", 1)).toBeUndefined();
  expect(neighbour(ROWS, "elsewhere", 1)?.id).toBe("a");
});
