import { expect, test } from "vitest";
import { bytes, hits, localParty, quality, remoteParty } from "./text";

const numbers = { localNumber: "225", remoteNumber: "+390584943232" };

test("a party is a name with a number, or a number, or nobody", () => {
  expect(remoteParty({ ...numbers, remoteName: "Marcus" }, "withheld")).toEqual({
    name: "Marcus",
    number: "+390584943232",
  });
  expect(localParty(numbers, "nobody")).toEqual({ name: "225", number: "" });
  expect(remoteParty({ ...numbers, remoteNumber: "" }, "withheld").name).toBe("withheld");
});

test("searched words are found in any case, and mean themselves", () => {
  expect(hits("Refund promised, refund!", ["refund"])).toEqual([
    "",
    "Refund",
    " promised, ",
    "refund",
    "!",
  ]);
  expect(hits("50% (off) [x]", ["(off)", "%", "[x]"])).toEqual([
    "50",
    "%",
    " ",
    "(off)",
    " ",
    "[x]",
    "",
  ]);
  expect(hits("nothing", [])).toEqual(["nothing"]);
  expect(hits("a-b", ["-"])).toEqual(["a", "-", "b"]);
});

test("quality says what was lost", () => {
  const loss = (lost: number, gaps = 0) => ({ packets: 1000 - lost, lost, discarded: 0, gaps });
  expect(quality({ loss: loss(0) })).toEqual({ grade: "good", lost: 0 });
  expect(quality({ loss: loss(30) }).grade).toBe("fair");
  expect(quality({ loss: loss(60) })).toEqual({ grade: "poor", lost: 0.06 });
  expect(quality({ loss: loss(0, 1) }).grade).toBe("fair");
  const none = { packets: 0, lost: 0, discarded: 0, gaps: 0 };
  expect(quality({ loss: none }).grade).toBe("unmeasured");
  expect(quality({ loss: loss(0), quality: "fair" }).grade).toBe("fair");
});

test("sizes are readable", () => {
  expect(bytes(31_744_044, "en-GB")).toBe("31.7 MB");
  expect(bytes(0, "en-GB")).toBe("0 byte");
});
