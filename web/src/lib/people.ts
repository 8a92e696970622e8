/** What people and their levels are called. */

import type { TFunction } from "i18next";

/** The levels that have a name. */
export const LEVELS = [0, 1, 2, 10] as const;

export function fullName(user: { firstName: string; lastName: string; username: string }): string {
  return `${user.firstName} ${user.lastName}`.trim() || user.username;
}

export function levelName(level: number, t: TFunction): string {
  const known = LEVELS.find((one) => one === level);
  return known === undefined ? t("app.levelN", { level }) : t(`app.level${known}`);
}
