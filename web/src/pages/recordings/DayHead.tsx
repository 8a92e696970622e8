/** "Today, Tuesday 24 November · 1,204 recordings". */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { recordingCount } from "../../api/recordings";
import { addDays, dayOf, midnight, number, write } from "../../lib/time";
import type { View } from "../../lib/view";
import css from "./DayHead.module.css";

interface Props {
  day: string;
  /** How many there are, if all of them are here; otherwise the server is asked. */
  counted: number | undefined;
  view: View;
}

export function DayHead({ day, counted, view }: Props) {
  const { t, i18n } = useTranslation();
  const asked = useQuery({
    ...recordingCount({ ...view, from: day, to: day }),
    enabled: counted === undefined,
  });
  const count = counted ?? asked.data;
  const start = midnight(day) ?? new Date();
  const written = write(start, "dayLong", i18n.language);
  const now = new Date();
  const year = start.getFullYear() === now.getFullYear() ? "" : ` ${start.getFullYear()}`;
  let name = `${written}${year}`;
  if (day === dayOf(now)) name = t("list.today", { day: written });
  if (day === dayOf(addDays(now, -1))) name = t("list.yesterday", { day: written });
  return (
    <span className={css.head}>
      <b>{name}</b>
      {count !== undefined && (
        <span>{t("list.total", { count, n: number(count, i18n.language) })}</span>
      )}
    </span>
  );
}
