/** What a user may, in a word. */

import { useTranslation } from "react-i18next";
import css from "./people.module.css";

export const LEVELS = [0, 1, 2, 10] as const;

export function Level({ level }: { level: number }) {
  const { t } = useTranslation();
  const known = LEVELS.find((one) => one === level);
  const word = known === undefined ? t("app.levelN", { level }) : t(`app.level${known}`);
  return <span className={level >= 10 ? css.high : css.level}>{word}</span>;
}
