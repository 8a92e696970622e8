/**
 * What somebody typed into the one search box, read as filters.
 *
 * Everything is read as something: what is no number, day, length or `key:value` is text that
 * must appear. Other readings that are likely too are offered beside it. Pure: the time comes in.
 */

import { STATES, type StateWord, type View } from "../view";
import { readDays } from "./days";
import { readLength } from "./lengths";
import { readNumber } from "./numbers";

export type Filters = Omit<View, "sort" | "sel">;

export interface Understood {
  /** What each piece of the text stands for. */
  tokens: Filters[];
  /** Other readings, likeliest first, at most three. */
  others: Filters[][];
  /** `key:value` and `is:word` that mean nothing here; they are searched as text. */
  unknown: string[];
}

export interface Reader {
  now: Date;
  /** 11/17 is 17 November where the reader is. */
  monthFirst: boolean;
}

const OTHERS_MAX = 3;

/** Splits into words; "quoted ones" stay together, also behind a colon. */
export function words(text: string): string[] {
  const found = text.match(/(?:[^\s"“”]+:)?["“”][^"“”]*["“”]?|\S+/g) ?? [];
  return found.map((word) => word.trim()).filter((word) => bare(word) !== "");
}

function bare(word: string): string {
  return word.replace(/["“”]/g, "").trim();
}

export function understand(text: string, reader: Reader): Understood {
  const rest = words(text);
  const understood: Understood = { tokens: [], others: [], unknown: [] };
  const variants: { instead: Filters; token: Filters }[] = [];
  const texts: string[] = [];
  while (rest.length > 0) {
    const read = readKeyed(rest, reader, understood.unknown) ?? readPlain(rest, reader);
    if (!read) {
      texts.push(bare(rest.shift() ?? ""));
      continue;
    }
    rest.splice(0, read.words);
    understood.tokens.push(read.token);
    for (const other of read.others) variants.push({ instead: read.token, token: other });
  }
  understood.tokens = joined(understood.tokens);
  if (texts.length > 0) {
    const instead: Filters = { q: texts.join(" ") };
    understood.tokens.push(instead);
    const last = texts.at(-1);
    // "refund" may be a tag, "calls about refund" hardly is.
    if (last !== undefined && texts.length === 1 && !/\d/.test(last)) {
      variants.push({ instead, token: { tag: last.toLowerCase() } });
    }
  }
  understood.others = variants
    .filter(({ instead }) => understood.tokens.includes(instead))
    .slice(0, OTHERS_MAX)
    .map(({ instead, token }) => understood.tokens.map((own) => (own === instead ? token : own)));
  return understood;
}

/** The filters of several pieces together. */
export function filtersOf(tokens: Filters[]): Filters {
  const filters: Filters = {};
  for (const token of tokens) {
    const is = [filters.is, token.is].filter(Boolean).join(",");
    const q = [filters.q, token.q].filter(Boolean).join(" ");
    Object.assign(filters, token);
    if (is) filters.is = is;
    if (q) filters.q = q;
  }
  return filters;
}

interface Read {
  words: number;
  token: Filters;
  others: Filters[];
}

/** A later day replaces an earlier one, and so on: each filter is there once. */
function joined(tokens: Filters[]): Filters[] {
  const last = new Map<string, number>();
  tokens.forEach((token, index) => {
    last.set(token.is ? `is:${token.is}` : Object.keys(token).join(), index);
  });
  const kept = new Set(last.values());
  return tokens.filter((_, index) => kept.has(index));
}

function readPlain(words: string[], reader: Reader): Read | undefined {
  const length = readLength(words);
  if (length) return read(length.words, { len: length.len });
  const days = readDays(words, reader.now, reader.monthFirst);
  if (days) {
    return read(days.words, days.days, days.other ? [days.other] : []);
  }
  const number = readNumber(words);
  if (!number) return undefined;
  const others: Filters[] = number.national ? [{ number: number.national }] : [];
  // An order's number in a note looks the same.
  if (/^\d+$/.test(words[0] ?? "") && number.words === 1) {
    others.push({ q: number.digits });
  }
  return read(number.words, { number: number.digits }, others);
}

const KEYS: Record<string, string> = {
  from: "from",
  da: "from",
  to: "to",
  a: "to",
  tag: "tag",
  etichetta: "tag",
  group: "group",
  gruppo: "group",
  owner: "owner",
  user: "owner",
  utente: "owner",
  is: "is",
  e: "is",
  è: "is",
};

const STATE_WORDS: Record<string, StateWord> = {
  conservata: "preserved",
  hold: "held",
  bloccata: "held",
  note: "noted",
  nota: "noted",
  oscurata: "masked",
  scarsa: "poor",
  interrotta: "interrupted",
  fallita: "failed",
};
for (const word of STATES) STATE_WORDS[word] = word;

/** `tag:refund`, `from:231`, `is:held`. */
function readKeyed(words: string[], reader: Reader, unknown: string[]): Read | undefined {
  const parts = /^([\p{L}]+):(.+)$/su.exec(words[0] ?? "");
  if (!parts) return undefined;
  const value = bare(parts[2] ?? "");
  const key = KEYS[(parts[1] ?? "").toLowerCase()];
  switch (key) {
    case "tag":
    case "group":
    case "owner":
      return read(1, { [key]: value });
    case "is": {
      const word = STATE_WORDS[value.toLowerCase()];
      if (word) return read(1, { is: word });
      break;
    }
    case "from":
    case "to":
      return readParty(key, [value, ...words.slice(1)], reader);
  }
  // "09:30" and "https://…" are no keys either, but nobody takes them for one.
  if (key) unknown.push(words[0] ?? "");
  return undefined;
}

/**
 * Who called or was called. Which side that was depends on the direction: short numbers are
 * taken for ours, others for theirs, and the opposite is offered.
 */
function readParty(key: "from" | "to", words: string[], reader: Reader): Read | undefined {
  const days = readDays(words, reader.now, reader.monthFirst);
  if (days) {
    const { from, to } = days.days;
    const filters: Filters = {};
    if (key === "from" && from) filters.from = from;
    if (key === "to" && to) filters.to = to;
    return read(days.words, filters);
  }
  const number = readNumber(words);
  if (!number) return undefined;
  const ours: Filters = { local: number.digits, dir: key === "from" ? "out" : "in" };
  const theirs: Filters = { remote: number.digits, dir: key === "from" ? "in" : "out" };
  const short = number.digits.length <= 5;
  return read(number.words, short ? ours : theirs, [short ? theirs : ours]);
}

function read(words: number, token: Filters, others: Filters[] = []): Read {
  return { words, token, others };
}
