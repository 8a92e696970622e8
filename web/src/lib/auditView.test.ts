import { expect, test } from "vitest";
import { auditFilters, readAuditSearch, readAuditView } from "./auditView";

const ID = "0191d0a0-6f2c-7cc3-98c4-dc0c0c07398f";

const reader = {
  days: (text: string) => (text === "today" ? { from: "2026-11-24", to: "2026-11-24" } : undefined),
  action: (text: string) => (text === "Listened" ? "PlayRecording" : undefined),
};

test("what is typed is known by its looks", () => {
  const read = (text: string) => readAuditSearch(text, reader);
  expect(read("today")).toEqual({ from: "2026-11-24", to: "2026-11-24" });
  expect(read("Listened")).toEqual({ what: "PlayRecording" });
  expect(read("10.20.4.9")).toEqual({ address: "10.20.4.9" });
  expect(read("2001:db8::1")).toEqual({ address: "2001:db8::1" });
  expect(read(ID.toUpperCase())).toEqual({ recording: ID });
  expect(read("chiara")).toEqual({ who: "chiara" });
  expect(read("who:today")).toEqual({ who: "today" });
  expect(read("case 2026/118")).toEqual({ q: "case 2026/118" });
  expect(read('"chiara"')).toEqual({ q: "chiara" });
  expect(read("  ")).toEqual({});
});

test("an address is read as far as it makes sense", () => {
  const query = { who: "a", what: "SignIn", from: "2026-11-24", to: "soon", outcome: "odd", q: 7 };
  expect(readAuditView(query)).toEqual({ who: "a", what: "SignIn", from: "2026-11-24", q: "7" });
  expect(readAuditView({ recording: "../x", sort: "when" })).toEqual({ sort: "when" });
});

test("the last day is asked for whole", () => {
  const { from, to } = auditFilters({ from: "2026-11-24", to: "2026-11-24" });
  expect(new Date(to ?? "").getTime() - new Date(from ?? "").getTime()).toBe(86_400_000);
});
