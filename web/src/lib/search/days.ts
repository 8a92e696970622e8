/** Words for days, in English and Italian: "yesterday", "martedì scorso", "3-10 nov", "since". */

import { addDays, dayOf, midnight } from "../time";

/** First and last day, both inside; one may be open. */
export interface Days {
  from?: string;
  to?: string;
}

/** Some words at the front of a text, read as days; `other` is what they may also mean. */
export interface DaysRead {
  words: number;
  days: Days;
  other?: Days;
}

const WEEKDAYS: Record<string, number> = {};
for (const [index, names] of [
  "sunday sun domenica dom",
  "monday mon lunedi lun",
  "tuesday tue tues martedi mar",
  "wednesday wed mercoledi mer",
  "thursday thu thurs giovedi gio",
  "friday fri venerdi ven",
  "saturday sat sabato sab",
].entries()) {
  for (const name of names.split(" ")) WEEKDAYS[name] = index;
}

const MONTHS: Record<string, number> = {};
for (const [index, names] of [
  "january jan gennaio gen",
  "february feb febbraio",
  "march mar marzo",
  "april apr aprile",
  "may maggio mag",
  "june jun giugno giu",
  "july jul luglio lug",
  "august aug agosto ago",
  "september sep sept settembre set",
  "october oct ottobre ott",
  "november nov novembre",
  "december dec dicembre dic",
].entries()) {
  for (const name of names.split(" ")) MONTHS[name] = index;
}

const LAST = new Set(["last", "past", "scorso", "scorsa", "ultimi", "ultime", "ultimo", "ultima"]);
const UNITS: Record<string, number> = {
  day: 1,
  days: 1,
  giorno: 1,
  giorni: 1,
  week: 7,
  weeks: 7,
  settimana: 7,
  settimane: 7,
};

/** Letters without accents, in lower case, without a comma behind them. */
function plain(word: string | undefined): string {
  const letters = (word ?? "").toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return letters.replace(/[,;]$/, "");
}

/** Reads days at the front of `words`. `monthFirst`: 11/17 is written so where the reader is. */
export function readDays(words: string[], now: Date, monthFirst: boolean): DaysRead | undefined {
  return readRange(words, now, monthFirst) ?? readSpan(words, now, monthFirst);
}

const SINCE = new Set(["since", "after", "from", "dal", "dalla", "dopo"]);
const UNTIL = new Set(["until", "till", "before", "fino", "prima", "entro"]);
const TO = new Set(["to", "until", "till", "al", "a", "-", "–"]);
const FILLERS = new Set(["on", "in", "the", "of", "il", "nel", "del", "di", "al", "a"]);

/** "since monday", "before 3 nov", "from 3 nov to 10 nov", "3-10 nov". */
function readRange(words: string[], now: Date, monthFirst: boolean): DaysRead | undefined {
  const first = plain(words[0]);
  if (UNTIL.has(first)) {
    const skipped = FILLERS.has(plain(words[1])) ? 2 : 1;
    const end = readSpan(words.slice(skipped), now, monthFirst);
    if (!end?.days.from) return undefined;
    const included = first !== "before" && first !== "prima";
    const to = included ? end.days.to : shifted(end.days.from, -1);
    return to ? { words: skipped + end.words, days: { to } } : undefined;
  }
  const short = /^(\d{1,2})[-–](\d{1,2})$/.exec(first);
  if (short) {
    const end = readSpan([short[2] ?? "", ...words.slice(1)], now, monthFirst);
    if (!end?.days.from || end.words < 2) return undefined;
    const from = `${end.days.from.slice(0, 8)}${(short[1] ?? "").padStart(2, "0")}`;
    if (!midnight(from) || from > end.days.from) return undefined;
    return { words: end.words, days: { from, to: end.days.from } };
  }
  const skipped = SINCE.has(first) ? 1 : 0;
  const start = readSpan(words.slice(skipped), now, monthFirst);
  if (!start) return undefined;
  const used = skipped + start.words;
  if (TO.has(plain(words[used]))) {
    const end = readSpan(words.slice(used + 1), now, monthFirst);
    if (start.days.from && end?.days.to && start.days.from <= end.days.to) {
      return { words: used + 1 + end.words, days: { from: start.days.from, to: end.days.to } };
    }
  }
  if (skipped === 0) return undefined;
  const from = first === "after" || first === "dopo" ? shifted(start.days.to, 1) : start.days.from;
  return from ? { words: used, days: { from } } : undefined;
}

/** One day, or a stretch with a name. */
function readSpan(words: string[], now: Date, monthFirst: boolean): DaysRead | undefined {
  const filler = FILLERS.has(plain(words[0])) ? 1 : 0;
  const rest = words.slice(filler);
  const read =
    readNamed(rest, now) ??
    readAgo(rest, now) ??
    readWeekday(rest, now) ??
    readWritten(rest, now, monthFirst) ??
    readMonth(rest, now);
  return read && { ...read, words: read.words + filler };
}

/** "today", "last week", "this month", "last 7 days". */
function readNamed(words: string[], now: Date): DaysRead | undefined {
  const [first, second, third] = [plain(words[0]), plain(words[1]), plain(words[2])];
  const back = (days: number) => dayOf(addDays(now, -days));
  if (first === "today" || first === "oggi") return one(1, back(0));
  if (first === "yesterday" || first === "ieri") return one(1, back(1));
  if (first === "altroieri" || first === "l'altroieri") return one(1, back(2));
  if (LAST.has(first) && /^\d{1,3}$/.test(second) && UNITS[third]) {
    const days = Number(second) * UNITS[third];
    return { words: 3, days: { from: back(days - 1), to: back(0) } };
  }
  const pair = `${first} ${second}`;
  // The week begins on Monday.
  const monday = (now.getDay() + 6) % 7;
  if (pair === "this week" || pair === "questa settimana") {
    return { words: 2, days: { from: back(monday), to: back(0) } };
  }
  if (pair === "last week" || pair === "settimana scorsa" || pair === "scorsa settimana") {
    const days = { from: back(monday + 7), to: back(monday + 1) };
    return { words: 2, days, other: { from: back(6), to: back(0) } };
  }
  const month = (offset: number): Days => ({
    from: dayOf(new Date(now.getFullYear(), now.getMonth() + offset, 1)),
    to: offset === 0 ? back(0) : dayOf(new Date(now.getFullYear(), now.getMonth() + offset + 1, 0)),
  });
  if (pair === "this month" || pair === "questo mese") return { words: 2, days: month(0) };
  if (pair === "last month" || pair === "mese scorso" || pair === "scorso mese") {
    return { words: 2, days: month(-1) };
  }
  return undefined;
}

/** "3 days ago", "3 giorni fa". */
function readAgo(words: string[], now: Date): DaysRead | undefined {
  const unit = UNITS[plain(words[1])];
  const ago = plain(words[2]);
  if (!/^\d{1,3}$/.test(words[0] ?? "") || !unit || (ago !== "ago" && ago !== "fa")) {
    return undefined;
  }
  return one(3, dayOf(addDays(now, -Number(words[0]) * unit)));
}

/** "tuesday" is the last one, today included; "last tuesday" lies before today. */
function readWeekday(words: string[], now: Date): DaysRead | undefined {
  const before = LAST.has(plain(words[0]));
  const weekday = WEEKDAYS[plain(words[before ? 1 : 0])];
  if (weekday === undefined) return undefined;
  const name = plain(words[before ? 1 : 0]);
  const behind = !before && LAST.has(plain(words[1]));
  // "mar" alone is a month as well as a Tuesday, and "sun" a word: too short to be sure.
  if (name.length < 5 && !before && !behind) return undefined;
  const since = (now.getDay() - weekday + 7) % 7;
  const day = (back: number) => dayOf(addDays(now, -back));
  if (!before && !behind) return one(1, day(since));
  const nearest = since === 0 ? 7 : since;
  const read = one(2, day(nearest));
  // Of this week, but somebody may mean the week before.
  const thisWeek = nearest <= (now.getDay() + 6) % 7;
  return thisWeek ? { ...read, other: { from: day(nearest + 7), to: day(nearest + 7) } } : read;
}

/** 2026-11-17, 17/11/2026, 17.11., 17 nov 2026, nov 17. Without a year: the last such day. */
function readWritten(words: string[], now: Date, monthFirst: boolean): DaysRead | undefined {
  const first = plain(words[0]);
  if (/^\d{4}-\d{2}-\d{2}$/.test(first)) return midnight(first) && one(1, first);
  const figures = /^(\d{1,2})([/.])(\d{1,2})(?:\2(\d{4}|\d{2})?)?$/.exec(first);
  if (figures) {
    const [, a, separator, b, year] = figures;
    // "17.11" is no date unless a year or a dot follows: it may be a number.
    if (separator === "." && !/[.]\d*$/.test(first.slice((a?.length ?? 0) + 1))) return undefined;
    const swapped = monthFirst && separator === "/" && Number(a) <= 12;
    const [date, month] = swapped ? [b, a] : [a, b];
    return dated(1, Number(date), Number(month) - 1, year, now);
  }
  const second = plain(words[1]);
  const yearOf = (word: string | undefined) => (/^\d{4}$/.test(word ?? "") ? word : undefined);
  const year = yearOf(plain(words[2]));
  const used = year ? 3 : 2;
  const ordinal = (word: string) => /^(\d{1,2})(?:st|nd|rd|th|o|°)?$/.exec(word)?.[1];
  if (ordinal(first) && MONTHS[second] !== undefined) {
    return dated(used, Number(ordinal(first)), MONTHS[second], year, now);
  }
  if (MONTHS[first] !== undefined && ordinal(second)) {
    return dated(used, Number(ordinal(second)), MONTHS[first], year, now);
  }
  return undefined;
}

/** "november", "nov 2026", "novembre scorso": the whole month. */
function readMonth(words: string[], now: Date): DaysRead | undefined {
  const before = LAST.has(plain(words[0]));
  const name = plain(words[before ? 1 : 0]);
  const month = MONTHS[name];
  if (month === undefined) return undefined;
  const next = plain(words[before ? 2 : 1]);
  const named = /^\d{4}$/.test(next);
  // "may", "mar", "set" and others are words too: alone they are no months.
  if (!before && !named && (name.length < 5 || name === "marzo")) {
    if (!LAST.has(next)) return name.length < 5 ? undefined : whole(1, month, now);
  }
  if (named) return whole(before ? 3 : 2, month, now, Number(next));
  return whole((before ? 2 : 1) + (!before && LAST.has(next) ? 1 : 0), month, now);
}

function whole(words: number, month: number, now: Date, named?: number): DaysRead {
  const year = named ?? now.getFullYear() - (month > now.getMonth() ? 1 : 0);
  const last = dayOf(new Date(year, month + 1, 0));
  return { words, days: { from: dayOf(new Date(year, month, 1)), to: last } };
}

function dated(
  words: number,
  date: number,
  month: number,
  year: string | undefined,
  now: Date,
): DaysRead | undefined {
  const two = (number: number) => String(number).padStart(2, "0");
  const text = (year: number) => `${year}-${two(month + 1)}-${two(date)}`;
  if (year) {
    const day = text(Number(year) + (year.length === 2 ? 2000 : 0));
    return midnight(day) && one(words, day);
  }
  const today = dayOf(now);
  // Leap days go back up to eight years.
  for (let back = 0; back <= 8; back++) {
    const day = text(now.getFullYear() - back);
    if (midnight(day) && day <= today) return one(words, day);
  }
  return undefined;
}

function one(words: number, day: string): DaysRead {
  return { words, days: { from: day, to: day } };
}

function shifted(day: string | undefined, days: number): string | undefined {
  const start = day && midnight(day);
  return start ? dayOf(addDays(start, days)) : undefined;
}
