/** Days as heads of lists name them. */

import type { TFunction } from "i18next";
import { addDays, dayOf, midnight, write } from "./time";

/** "Today, Tuesday 24 November"; with the year where it is another one. */
export function dayName(day: string, t: TFunction, language: string): string {
  const now = new Date();
  const start = midnight(day) ?? now;
  const written = write(start, "dayLong", language);
  if (day === dayOf(now)) return t("list.today", { day: written });
  if (day === dayOf(addDays(now, -1))) return t("list.yesterday", { day: written });
  return start.getFullYear() === now.getFullYear() ? written : `${written} ${start.getFullYear()}`;
}
