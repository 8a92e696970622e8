/**
 * Keys that work everywhere on a page, but while somebody types.
 *
 * One listener for all: the newest component that knows a key gets it. Keys of one letter or sign
 * can be switched off, for those who speak to their computer or press keys by accident.
 */

import { useEffect, useRef } from "react";

export type Keys = Record<string, (event: KeyboardEvent) => void>;

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

/** Those that press what has the focus: not taken from buttons and links. */
const PRESSING = new Set([" ", "Enter"]);

/** How long the second of two keys is waited for. */
const SECOND_KEY_MS = 1500;

const layers = new Set<{ current: Keys }>();
let lettersOn = true;
/** The first of two keys, while the second is waited for. */
let first: { key: string; until: number } | undefined;

/** Whether keys of one letter or sign do something. */
export function switchLetters(on: boolean) {
  lettersOn = on;
}

/**
 * Names are those of `KeyboardEvent.key`, letters in lower case; `Shift+` only for arrows; `g r`
 * is one key after the other.
 */
export function useKeys(keys: Keys) {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    if (layers.size === 0) window.addEventListener("keydown", pressed);
    layers.add(current);
    return () => {
      layers.delete(current);
      if (layers.size === 0) window.removeEventListener("keydown", pressed);
    };
  }, []);
}

function pressed(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest(TYPING) || target.closest("dialog, [role=menu]")) return;
  if (PRESSING.has(event.key) && target.closest("button, a, summary, input")) return;
  if (event.key.startsWith("Arrow") && target.closest("[role=slider]")) return;
  const sign = event.key.length === 1 && event.key !== " ";
  if (sign && !lettersOn) return;
  const shifted = event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : "";
  const key = shifted + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  const begun = first && first.until > event.timeStamp ? `${first.key} ` : "";
  first = undefined;
  const all = [...layers].reverse();
  const layer = all.find(({ current }) => current[begun + key]);
  if (layer) {
    event.preventDefault();
    layer.current[begun + key]?.(event);
  } else if (all.some(({ current }) => Object.keys(current).some((one) => begins(one, key)))) {
    event.preventDefault();
    first = { key, until: event.timeStamp + SECOND_KEY_MS };
  }
}

function begins(name: string, key: string): boolean {
  return name.startsWith(`${key} `) && name.length > key.length + 1;
}
