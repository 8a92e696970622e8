import { expect, test } from "vitest";
import { chosenColumns, fitting, moved } from "./columns";

test("what was chosen is taken as far as it makes sense", () => {
  expect(chosenColumns(undefined)).toContain("notes");
  expect(chosenColumns([])).toEqual(chosenColumns(undefined));
  expect(chosenColumns(["dances"])).toEqual(chosenColumns(undefined));
  expect(chosenColumns(["length", "remote", "length", "dances"])).toEqual(["length", "remote"]);
  // Without the remote party there is no way to open one.
  expect(chosenColumns(["length"])).toEqual(["length", "remote"]);
});

test("what has no room goes in its order, never who and when", () => {
  const all = chosenColumns(undefined);
  expect(fitting(all, 100)).toEqual(all);
  expect(fitting(all, 60)).toEqual(all.filter((one) => one !== "group"));
  expect(fitting(all, 0)).toEqual(["started", "local", "remote", "length"]);
});

test("a column moves a place, and not over the edge", () => {
  expect(moved(["started", "remote"], "remote", -1)).toEqual(["remote", "started"]);
  expect(moved(["started", "remote"], "remote", 1)).toEqual(["started", "remote"]);
  expect(moved(["started", "remote"], "size", 1)).toEqual(["started", "remote"]);
});
