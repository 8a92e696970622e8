import { expect, test } from "vitest";
import { readCsv } from "./csv";

test("cells, quotes, line ends", () => {
  expect(readCsv('username,lastName\r\njohn,"Doe, ""Jr"""\n\nmary,"two\nlines"\n')).toEqual([
    ["username", "lastName"],
    ["john", 'Doe, "Jr"'],
    ["mary", "two\nlines"],
  ]);
});

test("what Excel writes elsewhere", () => {
  expect(readCsv("\uFEFFusername;numbers\njohn;225")).toEqual([
    ["username", "numbers"],
    ["john", "225"],
  ]);
});
