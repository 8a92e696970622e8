/** The keys, in a dialog. */

import { useTranslation } from "react-i18next";
import { usePreferences } from "../api/preferences";
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
  ["loop", "[ ]"],
  ["silence", "S"],
  ["zoom", "+ − 0"],
  ["mark", "M"],
  ["tick", "X"],
  ["tag", "T"],
  ["note", "N"],
  ["preserve", "P"],
  ["undo", "Z"],
  ["open", "Enter"],
  ["back", "Esc"],
  ["go", "G", "R L D A"],
  ["help", "?"],
] as const;

export function KeysHelp({ open, close }: { open: boolean; close: () => void }) {
  const { t } = useTranslation();
  const lettersOff = usePreferences()?.lettersOff;
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
      <p className={css.off}>
        {t("keys.off")} {lettersOff && t("keys.lettersOff")}
      </p>
    </Frame>
  );
}
