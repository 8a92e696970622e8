/** What people and their levels are called. */

import type { TFunction } from "i18next";

export function fullName(user: { firstName: string; lastName: string; username: string }): string {
  return `${user.firstName} ${user.lastName}`.trim() || user.username;
}

export function levelName(level: number, t: TFunction): string {
  return level === 0 || level === 1 || level === 2 || level === 10
    ? t(`app.level${level}`)
    : t("app.levelN", { level });
}
