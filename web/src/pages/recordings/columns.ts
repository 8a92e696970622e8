/** The columns of the list: which there are, which somebody chose, and which of them have room. */

import type { SortBy } from "../../lib/view";

export const COLUMNS = [
  "started",
  "local",
  "remote",
  "group",
  "length",
  "notes",
  "quality",
  "flags",
  "owner",
  "reference",
  "size",
  "changed",
] as const;

export type Column = (typeof COLUMNS)[number];

const STANDARD: Column[] = COLUMNS.slice(0, 8);

/** The link to the recording stands in it. */
export const NEEDED: Column = "remote";

/** What can be sorted by a column. */
export const SORTED: Partial<Record<Column, SortBy>> = {
  started: "start",
  length: "length",
  size: "size",
  changed: "changed",
};

/** What a column needs at least, in rem. */
const LEAST: Record<Column, number> = {
  started: 5.5,
  local: 9,
  remote: 13,
  group: 6,
  length: 5,
  notes: 9,
  quality: 5.75,
  flags: 4.75,
  owner: 6,
  reference: 8.5,
  size: 6,
  changed: 9.5,
};

/** Checkbox and play button before all columns. */
const BEFORE = 4.75;

/** With little room these go first; details have them. The others always stay. */
const YIELDING: Column[] = [
  "changed",
  "size",
  "reference",
  "owner",
  "group",
  "quality",
  "notes",
  "flags",
];

/** What somebody chose, as far as it makes sense. */
export function chosenColumns(names: string[] | undefined): Column[] {
  const columns = [...new Set(names)].filter((name): name is Column =>
    COLUMNS.includes(name as Column),
  );
  if (columns.length === 0) return STANDARD;
  return columns.includes(NEEDED) ? columns : [...columns, NEEDED];
}

/** Those that fit beside each other. */
export function fitting(columns: Column[], rem: number): Column[] {
  const kept = [...columns];
  const needed = () => kept.reduce((sum, column) => sum + LEAST[column], BEFORE);
  for (const column of YIELDING) {
    if (needed() <= rem) break;
    const at = kept.indexOf(column);
    if (at >= 0) kept.splice(at, 1);
  }
  return kept;
}

/** The columns with one of them a place earlier or later. */
export function moved(columns: Column[], column: Column, by: 1 | -1): Column[] {
  const list = [...columns];
  const from = list.indexOf(column);
  const other = list[from + by];
  if (from < 0 || other === undefined) return list;
  list[from + by] = column;
  list[from] = other;
  return list;
}
