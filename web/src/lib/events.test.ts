import { expect, test } from "vitest";
import { eventReader } from "./events";

const TEXT = ': quiet\n\nevent: began\ndata: {"id":1}\n\ndata: a\ndata: b\n\n';

const EVENTS = [
  { name: "began", data: '{"id":1}' },
  { name: "message", data: "a\nb" },
];

test.each(["\n", "\r\n", "\r"])("events come whole, however the text is cut (%j)", (end) => {
  const text = TEXT.replaceAll("\n", end);
  for (let cut = 0; cut <= text.length; cut++) {
    const read = eventReader();
    const found = [...read(text.slice(0, cut)), ...read(text.slice(cut)), ...read(" ")];
    expect(found, `cut at ${cut}`).toEqual(EVENTS);
  }
});

test("what is not whole is no event yet", () => {
  const read = eventReader();
  expect(read("event: ended\ndata: {}")).toEqual([]);
  expect(read("\n\n")).toEqual([{ name: "ended", data: "{}" }]);
});
