/** Addresses that people copy, and those that come in from outside. */

import { place } from "./time";

/** The address of a moment in a recording. */
export function momentLink(origin: string, id: string, ms: number): string {
  return `${origin}/recordings/${encodeURIComponent(id)}#t=${place(ms)}`;
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
