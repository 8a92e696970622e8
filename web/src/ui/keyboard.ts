/** Keys that work everywhere on a page, but while somebody types. */

import { useEffect, useRef } from "react";

export type Keys = Record<string, (event: KeyboardEvent) => void>;

const TYPING = "input, textarea, select, [contenteditable]";

/** Those that press what has the focus: not taken from buttons and links. */
const PRESSING = new Set([" ", "Enter"]);

/** Names are those of `KeyboardEvent.key`, letters in lower case; `Shift+` only for arrows. */
export function useKeys(keys: Keys) {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.closest(TYPING) || target.closest("dialog, [role=menu]")) return;
      if (PRESSING.has(event.key) && target.closest("button, a, summary")) return;
      if (event.key.startsWith("Arrow") && target.closest("[role=slider]")) return;
      const shifted = event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : "";
      const name = shifted + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
      const action = current.current[name];
      if (!action) return;
      event.preventDefault();
      action(event);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
