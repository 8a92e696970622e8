/** "Today, Tuesday 24 November · 1,204 recordings". */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { recordingCount } from "../../api/recordings";
import { dayName } from "../../lib/dayName";
import { number } from "../../lib/time";
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
  return (
    <span className={css.head}>
      <b>{dayName(day, t, i18n.language)}</b>
      {count !== undefined && (
        <span>{t("list.total", { count, n: number(count, i18n.language) })}</span>
      )}
    </span>
  );
}
