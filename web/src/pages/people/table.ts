/** What a table of users would change, cell by cell: for the eye; the server decides. */

import type { User } from "../../api/people";
import { readCsv } from "../../lib/csv";

export interface Cell {
  was: string;
  is: string;
}

export interface Line {
  username: string;
  kind: "new" | "changed" | "same";
  cells: Record<Column, Cell>;
}

export const COLUMNS = ["name", "numbers", "group", "level"] as const;
export type Column = (typeof COLUMNS)[number];

const LEVEL_WORDS: Record<string, number> = { none: 0, record: 1, base: 2, complete: 10 };

/** How a level is called in this page's language. */
export type LevelName = (level: number) => string;

export function compare(text: string, users: User[], levelName: LevelName): Line[] {
  const [head = [], ...rows] = readCsv(text);
  const columns = head.map((name) => name.trim().toLowerCase());
  const known = new Map(users.map((user) => [user.username.toLowerCase(), user]));
  return rows.map((row) => {
    const said = (name: string): string | undefined => {
      const at = columns.indexOf(name.toLowerCase());
      return at < 0 ? undefined : (row[at] ?? "").trim();
    };
    const username = said("username") ?? "";
    const user = known.get(username.toLowerCase());
    const cells = cellsOf(said, user, levelName);
    const changed = COLUMNS.some((column) => cells[column].was !== cells[column].is);
    if (!user) return { username, kind: "new", cells };
    return { username, kind: changed ? "changed" : "same", cells };
  });
}

function cellsOf(
  said: (name: string) => string | undefined,
  user: User | undefined,
  levelName: LevelName,
): Record<Column, Cell> {
  const list = (text: string | undefined) =>
    text
      ?.split(";")
      .map((one) => one.trim())
      .filter(Boolean)
      .join(", ");
  const level = said("level");
  const levelOf = (text: string) => LEVEL_WORDS[text.toLowerCase()] ?? Number(text);
  const first = said("firstName") ?? user?.firstName ?? "";
  const last = said("lastName") ?? user?.lastName ?? "";
  const numbers = user?.numbers.join(", ") ?? "";
  const group = user?.group ?? "";
  const may = user ? levelName(user.level) : "";
  const kept = may || levelName(1);
  return {
    name: {
      was: user ? `${user.firstName} ${user.lastName}`.trim() : "",
      is: `${first} ${last}`.trim(),
    },
    numbers: { was: numbers, is: list(said("numbers")) ?? numbers },
    group: { was: group, is: said("group") ?? group },
    level: { was: may, is: level ? levelName(levelOf(level)) : kept },
  };
}
