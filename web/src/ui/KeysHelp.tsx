/** The keys, in a dialog. */

import { useTranslation } from "react-i18next";
import { Frame } from "./dialog";
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
  return (
    <Frame open={open} close={close} title={t("keys.title")}>
      <dl className={css.keys}>
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
      <p className={css.off}>{t("keys.off")}</p>
    </Frame>
  );
}
