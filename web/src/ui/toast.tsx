/** One short message at the bottom; it goes by itself, and may offer to take back what was done. */

import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Bold } from "./bold";
import { Icon } from "./icons";
import { useKeys } from "./keyboard";
import css from "./toast.module.css";

const SHOWN_MS = 6000;

interface Shown {
  text: string;
  undo?: (() => void) | undefined;
}

let shown: Shown = { text: "" };
let timer = 0;
const listeners = new Set<() => void>();

function show(next: Shown) {
  shown = next;
  for (const listener of listeners) listener();
}

/** `<b>` is bold in it. `undo` is offered as a button, and with the key Z while it stands. */
export function toast(text: string, undo?: () => void) {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => show({ text: "" }), SHOWN_MS);
  show({ text, undo });
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toast() {
  const { t } = useTranslation();
  const { text, undo } = useSyncExternalStore(subscribe, () => shown);
  const takeBack = () => {
    show({ text: "" });
    undo?.();
  };
  useKeys(undo ? { z: takeBack } : {});
  return (
    <div className={css.place} role="status">
      {text && (
        <p className={css.toast}>
          <Icon name="done" />
          <span>
            <Bold text={text} />
          </span>
          {undo && (
            <button type="button" className={css.undo} onClick={takeBack}>
              {t("app.undo")} <kbd>Z</kbd>
            </button>
          )}
        </p>
      )}
    </div>
  );
}
