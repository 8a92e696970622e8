/** The keys, in a dialog. */

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { Icon } from "./icons";
import css from "./KeysHelp.module.css";

const KEYS = [
  ["search", "/"],
  ["rows", "↓ ↑", "J K"],
  ["play", "Space"],
  ["jump", "← →"],
  ["speed", ", ."],
  ["link", "L"],
  ["sides", "1 2 3"],
  ["open", "Enter"],
  ["back", "Esc"],
  ["help", "?"],
] as const;

export function KeysHelp({ open, close }: { open: boolean; close: () => void }) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className={css.dialog} onClose={close} aria-labelledby="keys-title">
      <header>
        <h2 id="keys-title">{t("keys.title")}</h2>
        <Button look="quiet" icon aria-label={t("app.close")} onClick={close}>
          <Icon name="close" />
        </Button>
      </header>
      <dl>
        {KEYS.map(([what, ...keys]) => (
          <div key={what}>
            <dt>{t(`keys.${what}`)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p>{t("keys.off")}</p>
    </dialog>
  );
}
