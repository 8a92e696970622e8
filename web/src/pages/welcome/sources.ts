/**
 * What is to be set in which recording client. Only what the makers' own documents or our own
 * tests say: a name of a setting that is guessed costs somebody a day.
 */

import type { Address, Transport } from "./address";

/** In the order of the page; the names are the makers' and are not translated. */
export const SOURCES = [
  ["oracle", "Oracle"],
  ["audiocodes", "AudioCodes"],
  ["cube", "Cisco CUBE"],
  ["cucm", "Cisco CUCM"],
  ["ribbon", "Ribbon"],
  ["opensips", "OpenSIPS"],
] as const;

export type Source = (typeof SOURCES)[number][0] | "other";

/** What Oracle calls the ways to travel. */
const ORACLE: Record<Transport, string> = { tcp: "DynamicTCP", tls: "DynamicTLS", udp: "UDP" };

/** Lines to copy; undefined: there are none, only steps in words. */
export function linesFor(source: Source, to: Address): string | undefined {
  if (source === "oracle") {
    return [
      "configure terminal",
      "session-router",
      "session-recording-server",
      "  name                        earwitness",
      "  realm                       recording",
      "  mode                        selective",
      `  destination                 ${to.host}`,
      `  port                        ${to.port}`,
      `  transport-method            ${ORACLE[to.transport]}`,
      "  ping-method                 OPTIONS",
      "  ping-interval               60",
      "media-manager",
      "realm-config",
      "  session-recording-server    earwitness",
      "  session-recording-required  disabled",
    ].join("\n");
  }
  if (source === "cube") {
    return [
      "media profile recorder 100",
      " media-recording 100",
      "media class 1",
      " recorder profile 100",
    ].join("\n");
  }
  if (source === "ribbon") {
    return "set addressContext <name> zone <name> sipSigPort <index> siprec enabled";
  }
  if (source === "opensips") return `siprec_start_recording("${to.uri}");`;
  return undefined;
}
