/** One short message at the bottom; it goes by itself. */

import { useSyncExternalStore } from "react";
import { Icon } from "./icons";
import css from "./toast.module.css";

const SHOWN_MS = 6000;

let shown = "";
let timer = 0;
const listeners = new Set<() => void>();

function show(text: string) {
  shown = text;
  for (const listener of listeners) listener();
}

export function toast(text: string) {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => show(""), SHOWN_MS);
  show(text);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toast() {
  const text = useSyncExternalStore(subscribe, () => shown);
  return (
    <div className={css.place} role="status">
      {text && (
        <p className={css.toast}>
          <Icon name="done" />
          {text}
        </p>
      )}
    </div>
  );
}
