/** The filters in force, each a chip that can be edited or taken away; and the total. */

import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { AuditView } from "../../lib/auditView";
import { midnight, number, write } from "../../lib/time";
import { Bold, unmarked } from "../../ui/bold";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import css from "../recordings/Chips.module.css";
import { known } from "./actions";

interface Props {
  view: AuditView;
  total: number | undefined;
  apply: (view: AuditView) => void;
  edit: (key: keyof AuditView) => void;
}

interface Shown {
  key: keyof AuditView;
  text: string;
  without: AuditView;
}

export function actionName(action: string, t: TFunction): string {
  const name = known(action);
  return name ? t(`auditAction.${name}`) : action;
}

function shown(view: AuditView, t: TFunction, language: string): Shown[] {
  const list: Shown[] = [];
  const add = (text: string, key: keyof AuditView, ...more: (keyof AuditView)[]) => {
    const without = { ...view };
    for (const one of [key, ...more]) delete without[one];
    list.push({ key, text, without });
  };
  const day = (text: string) => {
    const start = midnight(text);
    return start ? write(start, "day", language) : text;
  };
  const { who, what, from, to, outcome, address, recording, q } = view;
  if (from && from === to) add(t("audit.filterDay", { day: day(from) }), "from", "to");
  else if (from && to) {
    add(t("audit.filterDays", { from: day(from), to: day(to) }), "from", "to");
  } else if (from) add(t("audit.filterFrom", { day: day(from) }), "from");
  else if (to) add(t("audit.filterTo", { day: day(to) }), "to");
  if (who) add(t("audit.filterWho", { value: who }), "who");
  if (what) add(t("audit.filterWhat", { value: actionName(what, t) }), "what");
  if (outcome) add(t("audit.filterOutcome", { value: t(`audit.${outcome}`) }), "outcome");
  if (address) add(t("audit.filterAddress", { value: address }), "address");
  if (recording) add(t("audit.filterRecording", { value: recording }), "recording");
  if (q) add(t("audit.filterQ", { value: q }), "q");
  return list;
}

export function Filters({ view, total, apply, edit }: Props) {
  const { t, i18n } = useTranslation();
  const chips = shown(view, t, i18n.language);
  return (
    <div className={css.chips} role="group" aria-label={t("audit.filters")}>
      {chips.map((chip) => (
        <span key={chip.key} className={css.chip}>
          <button
            type="button"
            className={css.edit}
            aria-label={t("audit.edit", { filter: unmarked(chip.text) })}
            onClick={() => edit(chip.key)}
          >
            <Bold text={chip.text} />
          </button>
          <button
            type="button"
            className={css.remove}
            aria-label={t("audit.remove", { filter: unmarked(chip.text) })}
            onClick={() => apply(chip.without)}
          >
            <Icon name="close" small />
          </button>
        </span>
      ))}
      <Button look="chip" onClick={() => edit("who")}>
        <Icon name="plus" />
        {t("audit.addFilter")}
      </Button>
      {chips.length > 1 && (
        <Button look="quiet" small onClick={() => apply(view.sort ? { sort: view.sort } : {})}>
          {t("audit.clearAll")}
        </Button>
      )}
      <span className={css.total} role="status">
        {total !== undefined && t("audit.total", { count: total, n: number(total, i18n.language) })}
      </span>
    </div>
  );
}
