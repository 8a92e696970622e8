/** The heads of the columns: what sorts can be pressed. */

import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Sort, SortBy, View } from "../../lib/view";
import { Icon } from "../../ui/icons";
import type { Chosen } from "./chosen";
import { type Column, SORTED } from "./columns";
import { DayHead } from "./DayHead";
import type { Item } from "./rows";
import css from "./Table.module.css";

export function columnName(column: Column, t: TFunction): string {
  if (column === "notes") return t("list.noteAndTags");
  return t(column === "flags" ? "list.state" : `list.${column}`);
}

/** Numbers stand at the right. */
export const AT_RIGHT: Column[] = ["length", "size"];

interface HeadProps {
  view: View;
  sortBy: (sort: Sort) => void;
  day: Extract<Item, { kind: "day" }> | undefined;
  columns: Column[];
  chosen: Chosen;
  loaded: number;
}

export function Head({ view, sortBy, day, columns, chosen, loaded }: HeadProps) {
  const { t } = useTranslation();
  const some = chosen.any && !chosen.all && chosen.ids.size < loaded;
  return (
    <thead>
      <tr className={css.head} aria-rowindex={1}>
        <td className={css.tick}>
          <input
            type="checkbox"
            aria-label={t("list.tickLoaded")}
            checked={chosen.any}
            ref={(input) => {
              if (input) input.indeterminate = some;
            }}
            onChange={chosen.toggleLoaded}
          />
        </td>
        {columns.map((column) => {
          const by = SORTED[column];
          const right = AT_RIGHT.includes(column) ? css.right : undefined;
          const label = columnName(column, t);
          if (by) return <Sorted key={column} {...{ by, view, sortBy, label, right }} />;
          return (
            <th key={column} scope="col" className={right}>
              {column === "flags" ? <span className="unseen">{label}</span> : label}
            </th>
          );
        })}
      </tr>
      {day && (
        <tr className={css.day}>
          <th colSpan={columns.length + 1} scope="colgroup">
            <DayHead day={day.day} counted={day.counted} view={view} />
          </th>
        </tr>
      )}
    </thead>
  );
}

interface SortedProps {
  by: SortBy;
  view: View;
  sortBy: (sort: Sort) => void;
  label: string;
  right: string | undefined;
}

/** A column's head that sorts: by the greatest first, then the other way. */
function Sorted({ by, view, sortBy, label, right }: SortedProps) {
  const sort = view.sort ?? "-start";
  const falling = sort === `-${by}`;
  const on = falling || sort === by;
  const now = falling ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={on ? now : undefined} className={right}>
      <button type="button" onClick={() => sortBy(falling ? by : `-${by}`)}>
        {label}
        {on && <Icon name={falling ? "down" : "up"} small />}
      </button>
    </th>
  );
}
