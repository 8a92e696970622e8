/** Filters in words: on chips, in what the search understood, and back in the search box. */

import type { TFunction } from "i18next";
import { length, midnight, write } from "../../lib/time";
import { FILTERS, lengthRange, stateWords, type View } from "../../lib/view";
import type { IconName } from "../../ui/icons";

/** One filter as somebody sees it, and as it may be taken away. */
export interface Shown {
  key: string;
  icon: IconName;
  /** With `<b>` around what is special about it. */
  text: string;
  /** What to write into the search box for it. */
  typed: string;
  without: View;
}

/** The filters of a view, in a fixed order. */
export function shown(view: View, t: TFunction, language: string): Shown[] {
  const list: Shown[] = [];
  const drop = (...keys: (keyof View)[]): View => {
    const rest = { ...view };
    for (const key of keys) delete rest[key];
    return rest;
  };
  const add = (key: string, icon: IconName, text: string, typed: string, without: View) =>
    list.push({ key, icon, text, typed, without });
  const day = (text: string) => {
    const start = midnight(text);
    return start ? write(start, "day", language) : text;
  };
  for (const key of FILTERS) {
    const value = view[key];
    if (value === undefined) continue;
    switch (key) {
      case "number":
        add(key, "phone", t("filter.number", { value }), value, drop(key));
        break;
      case "local":
      case "remote":
        addParty(key, value);
        break;
      case "from":
        if (view.to === value) {
          add(key, "date", t("filter.day", { day: day(value) }), value, drop("from", "to"));
        } else if (view.to) {
          const text = t("filter.days", { from: day(value), to: day(view.to) });
          add(key, "date", text, `${value} - ${view.to}`, drop("from", "to"));
        } else add(key, "date", t("filter.from", { day: day(value) }), `from:${value}`, drop(key));
        break;
      case "to":
        if (!view.from)
          add(key, "date", t("filter.to", { day: day(value) }), `to:${value}`, drop(key));
        break;
      case "len":
        add(key, "length", lengthText(value, t), lengthTyped(value), drop(key));
        break;
      case "dir":
        // "Called by" says it already.
        if (!view.local && !view.remote) {
          add(
            key,
            value === "in" ? "incoming" : "outgoing",
            t(`filter.${view.dir ?? "in"}`),
            "",
            drop(key),
          );
        }
        break;
      case "is":
        for (const word of stateWords(value)) {
          const others = stateWords(value).filter((other) => other !== word);
          const without = { ...drop("is"), ...(others.length > 0 ? { is: others.join(",") } : {}) };
          add(`is ${word}`, stateIcon(word), t(`filter.${word}`), `is:${word}`, without);
        }
        break;
      case "q":
        add(key, "note", t("filter.q", { value }), value, drop(key));
        break;
      default:
        add(
          key,
          key === "tag" ? "tag" : "people",
          t(`filter.${key}`, { value }),
          `${key}:${quoted(value)}`,
          drop(key),
        );
    }
  }
  return list;

  function addParty(key: "local" | "remote", value: string) {
    const { dir } = view;
    if (!dir) {
      add(key, "phone", t(`filter.${key}`, { value }), value, drop(key));
      return;
    }
    const text = t(`filter.${key}${dir === "in" ? "In" : "Out"}`, { value });
    const caller = (key === "local") === (dir === "out");
    add(key, "phone", text, `${caller ? "from" : "to"}:${value}`, drop(key, "dir"));
  }
}

function stateIcon(word: string): IconName {
  const icons: Record<string, IconName> = {
    preserved: "preserve",
    held: "hold",
    noted: "note",
    masked: "masked",
    poor: "missing",
    interrupted: "warning",
  };
  return icons[word] ?? "failed";
}

function quoted(value: string): string {
  return /\s/.test(value) ? `"${value}"` : value;
}

function lengthText(len: string, t: TFunction): string {
  const { least, most } = lengthRange(len);
  if (most === undefined) return t("filter.longer", { length: length(least ?? 0) });
  if (least === undefined) return t("filter.shorter", { length: length(most + 1) });
  return t("filter.between", { least: length(least), most: length(most) });
}

function lengthTyped(len: string): string {
  const [, word, bound] = /^(gt|lt):(\d+)$/.exec(len) ?? [];
  if (word) return `${word === "gt" ? ">" : "<"} ${bound} s`;
  return `${len.replace("-", "s-")}s`;
}
