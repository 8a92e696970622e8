/** Where recording clients find this recorder. */

import type { Schemas } from "../../api/client";

export type Transport = "udp" | "tcp" | "tls";

export interface Address {
  transport: Transport;
  host: string;
  port: string;
  uri: string;
}

/** TCP first: metadata does not fit into a datagram everywhere. */
const ORDER: Transport[] = ["tcp", "tls", "udp"];

/**
 * What is to be entered in recording clients; the first is recommended. A listener on all
 * addresses is found where this page was: `here`.
 */
export function addresses(
  of: Pick<Schemas["System"], "listeners" | "advertised">,
  here: string,
): Address[] {
  const found = of.listeners.flatMap(({ kind, address }): Address[] => {
    const transport = ORDER.find((one) => kind === `sip-${one}`);
    const [, bound, port] = /^\[?([^\]]*)\]?:(\d+)$/.exec(address) ?? [];
    if (!transport || bound === undefined || port === undefined) return [];
    const everywhere = bound === "0.0.0.0" || bound === "::";
    const plain = (of.advertised ?? (everywhere ? here : bound)).replace(/^\[|\]$/g, "");
    const host = plain.includes(":") ? `[${plain}]` : plain;
    return [{ transport, host, port, uri: `sip:${host}:${port};transport=${transport}` }];
  });
  return found.sort((one, other) => ORDER.indexOf(one.transport) - ORDER.indexOf(other.transport));
}
