/** What a rule asks of a call, in words. */

import { useTranslation } from "react-i18next";
import type { Rule } from "../../api/rules";
import { locale } from "../../lib/time";

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

/** A Monday: days of the week are written by the reader's language. */
const A_MONDAY = Date.UTC(2024, 0, 1);

export function useWeekday() {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(locale(i18n.language), {
    weekday: "short",
    timeZone: "UTC",
  });
  return (day: (typeof WEEKDAYS)[number]) =>
    format.format(A_MONDAY + WEEKDAYS.indexOf(day) * 86_400_000);
}

export function useWhen() {
  const { t } = useTranslation();
  const weekday = useWeekday();
  return (rule: Rule): string[] => {
    const conditions: (string | null | undefined)[] = [
      rule.group && t("rules.ofGroup", { group: rule.group }),
      rule.user && t("rules.ofUser", { user: rule.user }),
      rule.number && t("rules.withNumber", { number: rule.number }),
      rule.direction && t(`rules.direction.${rule.direction}`),
      rule.client && t("rules.through", { client: rule.client }),
      ...rule.times.map((times) =>
        t("rules.at", {
          days: times.weekdays.map(weekday).join(", "),
          from: times.from,
          to: times.to,
          zone: times.timeZone ?? "UTC",
        }),
      ),
    ];
    const said = conditions.flatMap((condition) => condition || []);
    return said.length > 0 ? said : [t("rules.anyCall")];
  };
}
