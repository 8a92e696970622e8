import { describe, expect, test } from "vitest";
import { type Filters, filtersOf, understand, words } from "./understand";

/** A Tuesday. */
const NOW = new Date(2026, 10, 24, 15, 30);
const reader = { now: NOW, monthFirst: false };

const read = (text: string) => filtersOf(understand(text, reader).tokens);
const others = (text: string) => understand(text, reader).others.map(filtersOf);

function check(cases: Record<string, Filters>) {
  for (const [text, filters] of Object.entries(cases)) {
    test(text || "nothing", () => expect(read(text)).toEqual(filters));
  }
}

const day = (day: string): Filters => ({ from: day, to: day });

describe("one entry", () => {
  check({
    "0584 943232 last tuesday refund": {
      number: "0584943232",
      ...day("2026-11-17"),
      q: "refund",
    },
    "refund last week": { from: "2026-11-16", to: "2026-11-22", q: "refund" },
    "rossi ieri > 5 min tag:reso": { ...day("2026-11-23"), len: "gt:300", tag: "reso", q: "rossi" },
    "": {},
    "   ": {},
  });
});

describe("numbers", () => {
  check({
    "0584 943232": { number: "0584943232" },
    "+39 0584 943232": { number: "390584943232" },
    "0039 0584 943232": { number: "390584943232" },
    "(0584) 94-32-32": { number: "0584943232" },
    "+44 20 7946 0182 quote": { number: "442079460182", q: "quote" },
    "231": { number: "231" },
    "order 48813": { number: "48813", q: "order" },
    "12": { q: "12" },
    a12345: { q: "a12345" },
    "02:41": { q: "02:41" },
  });
  test("the country's prefix may be missing in what is stored", () => {
    expect(others("+39 0584 943232")).toEqual([{ number: "0584943232" }]);
    expect(others("+1 212 555 0142")).toEqual([{ number: "2125550142" }]);
    expect(others("+353 1 234 5678")).toEqual([{ number: "12345678" }]);
    expect(others("0584 943232")).toEqual([]);
  });
  test("what looks like a number may stand in a note", () => {
    expect(others("order 48813")[0]).toEqual({ q: "48813 order" });
  });
});

describe("days", () => {
  check({
    today: day("2026-11-24"),
    Yesterday: day("2026-11-23"),
    oggi: day("2026-11-24"),
    tuesday: day("2026-11-24"),
    "on monday": day("2026-11-23"),
    wednesday: day("2026-11-18"),
    "last wed": day("2026-11-18"),
    "lunedì scorso": day("2026-11-23"),
    "martedì scorso": day("2026-11-17"),
    "this week": { from: "2026-11-23", to: "2026-11-24" },
    "settimana scorsa": { from: "2026-11-16", to: "2026-11-22" },
    "last 7 days": { from: "2026-11-18", to: "2026-11-24" },
    "ultimi 3 giorni": { from: "2026-11-22", to: "2026-11-24" },
    "last month": { from: "2026-10-01", to: "2026-10-31" },
    "questo mese": { from: "2026-11-01", to: "2026-11-24" },
    "3 days ago": day("2026-11-21"),
    "2 settimane fa": day("2026-11-10"),
    "2026-11-17": day("2026-11-17"),
    "17/11/2026": day("2026-11-17"),
    "17/11": day("2026-11-17"),
    "17.11.": day("2026-11-17"),
    "17.11.26": day("2026-11-17"),
    "17 nov": day("2026-11-17"),
    "17th november 2025": day("2025-11-17"),
    "nov 17, 2025": day("2025-11-17"),
    "17 dicembre": day("2025-12-17"),
    "29 february": day("2024-02-29"),
    november: { from: "2026-11-01", to: "2026-11-30" },
    "dicembre 2024": { from: "2024-12-01", to: "2024-12-31" },
    "since monday": { from: "2026-11-23" },
    "after 3 nov": { from: "2026-11-04" },
    "before 3 nov": { to: "2026-11-02" },
    "until yesterday": { to: "2026-11-23" },
    "from 3 nov to 10 nov": { from: "2026-11-03", to: "2026-11-10" },
    "dal 3 novembre al 10 novembre": { from: "2026-11-03", to: "2026-11-10" },
    "3-10 nov": { from: "2026-11-03", to: "2026-11-10" },
    "2026-11-03 - 2026-11-10": { from: "2026-11-03", to: "2026-11-10" },
    "from:2026-11-03 to:2026-11-10": { to: "2026-11-10", from: "2026-11-03" },
    "2026-02-30": { number: "20260230" },
    may: { q: "may" },
    sun: { q: "sun" },
    "mar 3": day("2026-03-03"),
  });
  test("a month may come first", () => {
    const american = { now: NOW, monthFirst: true };
    const read = (text: string) => filtersOf(understand(text, american).tokens);
    expect(read("11/17/2026")).toEqual(day("2026-11-17"));
    expect(read("17/11/2026")).toEqual(day("2026-11-17"));
    expect(read("3/4/2026")).toEqual(day("2026-03-04"));
  });
  test("what else a day can mean is offered", () => {
    expect(others("last monday")).toEqual([day("2026-11-16")]);
    expect(others("last tuesday")).toEqual([]);
    expect(others("last week")).toEqual([{ from: "2026-11-18", to: "2026-11-24" }]);
  });
});

describe("lengths", () => {
  check({
    "> 5 min": { len: "gt:300" },
    ">5min": { len: "gt:300" },
    ">= 90 s": { len: "gt:90" },
    "< 30 sec": { len: "lt:30" },
    "over an hour": { len: "gt:3600" },
    "longer than 1.5 h": { len: "gt:5400" },
    "più di 5 minuti": { len: "gt:300" },
    "meno di un minuto": { len: "lt:60" },
    "oltre un'ora": { len: "gt:3600" },
    "5-10 min": { len: "300-600" },
    "30s-2m": { len: "30-120" },
    "> 5:30": { len: "gt:330" },
    "over there": { q: "over there" },
    "5 min": { q: "5 min" },
  });
});

describe("keys", () => {
  check({
    "tag:refund": { tag: "refund" },
    'tag:"call back"': { tag: "call back" },
    "group:Sales": { group: "Sales" },
    'gruppo:"Customer Care"': { group: "Customer Care" },
    "owner:john_doe": { owner: "john_doe" },
    "is:held": { is: "held" },
    "is:held is:preserved": { is: "held,preserved" },
    "is:poor": { is: "poor" },
    "is:masked refund": { is: "masked", q: "refund" },
    "from:231": { local: "231", dir: "out" },
    "from:+390584943232": { remote: "390584943232", dir: "in" },
    "to:231 yesterday": { local: "231", dir: "in", ...day("2026-11-23") },
    "tag:a tag:b": { tag: "b" },
    "note:x": { q: "note:x" },
  });
  test("the other side is offered", () => {
    expect(others("from:231")).toEqual([{ remote: "231", dir: "in" }]);
  });
  test("what is not understood is searched as text and said so", () => {
    const understood = understand("is:purple refund", reader);
    expect(filtersOf(understood.tokens)).toEqual({ q: "is:purple refund" });
    expect(understood.unknown).toEqual(["is:purple"]);
  });
});

describe("text", () => {
  test("a single word may be a tag", () => {
    expect(others("Refund")).toEqual([{ tag: "refund" }]);
    expect(others("calls about refund")).toEqual([]);
  });
  test("quoted words are no days", () => {
    expect(read('"last week"')).toEqual({ q: "last week" });
    expect(read("“today”")).toEqual({ q: "today" });
  });
  test("quotes that are not closed do no harm", () => {
    expect(words('tag:"a b')).toEqual(['tag:"a b']);
    expect(read('"a b')).toEqual({ q: "a b" });
  });
});

test("anything at all is read as something", () => {
  const pieces = ["last", "0", "+", "-", "tag:", "from:", "5", "nov", "<", '"', "::", "2026", "al"];
  for (let seed = 0; seed < 3000; seed++) {
    let state = seed;
    const text = Array.from({ length: 1 + (seed % 6) }, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return pieces[state % pieces.length];
    }).join(seed % 2 ? " " : "");
    const understood = understand(text, reader);
    expect(understood.others.length).toBeLessThanOrEqual(3);
    if (words(text).length > 0) expect(understood.tokens, text).not.toEqual([]);
  }
});
