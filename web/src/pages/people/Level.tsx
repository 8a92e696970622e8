/** What a user may, in a word. */

import { useTranslation } from "react-i18next";
import { levelName } from "../../lib/people";
import css from "./people.module.css";

export function Level({ level }: { level: number }) {
  const { t } = useTranslation();
  return <span className={level >= 10 ? css.high : css.level}>{levelName(level, t)}</span>;
}
