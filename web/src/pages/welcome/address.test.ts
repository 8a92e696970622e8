import { expect, test } from "vitest";
import { addresses } from "./address";

const listeners = [
  { kind: "http", address: "0.0.0.0:8080" },
  { kind: "sip-udp", address: "0.0.0.0:5060" },
  { kind: "sip-tcp", address: "[::]:5060" },
  { kind: "sip-tls", address: "192.0.2.7:5061" },
];

test("a listener on all addresses is found where the page was", () => {
  expect(addresses({ listeners, advertised: null }, "rec.example").map((one) => one.uri)).toEqual([
    "sip:rec.example:5060;transport=tcp",
    "sip:192.0.2.7:5061;transport=tls",
    "sip:rec.example:5060;transport=udp",
  ]);
});

test("the host that is advertised is what clients are told", () => {
  const found = addresses({ listeners, advertised: "2001:db8::1" }, "rec.example");
  expect(found.map((one) => one.uri)).toEqual([
    "sip:[2001:db8::1]:5060;transport=tcp",
    "sip:[2001:db8::1]:5061;transport=tls",
    "sip:[2001:db8::1]:5060;transport=udp",
  ]);
});

test("the address of the page may be IPv6 too", () => {
  const [first] = addresses({ listeners, advertised: null }, "[2001:db8::2]");
  expect(first?.uri).toBe("sip:[2001:db8::2]:5060;transport=tcp");
});

test("a node that records nothing has none", () => {
  expect(addresses({ listeners: listeners.slice(0, 1), advertised: null }, "h")).toEqual([]);
});
