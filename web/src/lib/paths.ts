/** Addresses that people copy, and those that come in from outside. */

import { place, readPlace, tenths } from "./time";

/** The address of a moment in a recording. */
export function momentLink(origin: string, id: string, ms: number, untilMs?: number): string {
  const stretch = untilMs === undefined ? place(ms) : `${tenths(ms)}-${tenths(untilMs)}`;
  return `${origin}/recordings/${encodeURIComponent(id)}#t=${stretch}`;
}

/** The moment that the end of an address names, or the stretch. */
export function readMoment(hash: string): { fromMs: number; toMs?: number } | undefined {
  const [, from, to] = /^#t=([\d:.]+)(?:-([\d:.]+))?$/.exec(hash) ?? [];
  const [fromMs, toMs] = [readPlace(from ?? ""), readPlace(to ?? "")];
  if (fromMs === undefined) return undefined;
  return toMs === undefined ? { fromMs } : { fromMs, toMs };
}

/** Where to go after signing in: a page of ours, nothing else, whatever the address says. */
export function safeNext(next: string): string {
  const here = "https://here.invalid";
  try {
    const url = new URL(next, here);
    const path = `${url.pathname}${url.search}${url.hash}`;
    const ours = url.origin === here && next.startsWith("/") && !/^[/\\]{2}/.test(path);
    return ours && url.pathname !== "/signin" ? path : "/";
  } catch {
    return "/";
  }
}
