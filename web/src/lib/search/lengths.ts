/** Words for how long a call was: "> 5 min", "under 30 s", "5-10 min", "più di un'ora". */

export interface LengthRead {
  words: number;
  /** As in the address: `gt:300`, `lt:60`, `60-300`. */
  len: string;
}

const MORE = ["more than", "longer than", "over", "above", "at least", "piu di", "oltre", "almeno"];
const LESS = ["less than", "shorter than", "under", "below", "at most", "meno di", "sotto"];
const MORE_SIGNS = [">=", ">", "≥"];
const LESS_SIGNS = ["<=", "<", "≤"];

const SECONDS: Record<string, number> = {};
for (const [seconds, names] of [
  [1, "s sec secs second seconds secondi secondo"],
  [60, "m min mins minute minutes minuti minuto"],
  [3600, "h hr hour hours ora ore"],
] as const) {
  for (const name of names.split(" ")) SECONDS[name] = seconds;
}

/** Reads a length at the front of `words`. */
export function readLength(words: string[]): LengthRead | undefined {
  return readBound(words) ?? readBetween(words);
}

function readBound(words: string[]): LengthRead | undefined {
  const first = plain(words[0]);
  const pair = `${first} ${plain(words[1])}`;
  for (const [kind, names, signs] of [
    ["gt", MORE, MORE_SIGNS],
    ["lt", LESS, LESS_SIGNS],
  ] as const) {
    const name = names.find((name) => name === first || name === pair);
    const sign = signs.find((sign) => first.startsWith(sign));
    if (!name && !sign) continue;
    const skipped = name ? name.split(" ").length : Number(first === sign);
    const rest = words.slice(skipped);
    if (sign && skipped === 0) rest[0] = first.slice(sign.length);
    const amount = readAmount(rest);
    if (amount) return { words: skipped + amount.words, len: `${kind}:${amount.seconds}` };
  }
  return undefined;
}

/** "5-10 min", "1m-2m". */
function readBetween(words: string[]): LengthRead | undefined {
  const parts = /^(\d+(?:[.,]\d+)?)([a-z]*)[-–](.+)$/.exec(plain(words[0]));
  if (!parts) return undefined;
  const most = readAmount([parts[3] ?? "", ...words.slice(1)]);
  const unit = SECONDS[parts[2] ?? ""] ?? most?.unit;
  if (!most || !unit) return undefined;
  const least = Math.round(decimal(parts[1]) * unit);
  return least < most.seconds ? { words: most.words, len: `${least}-${most.seconds}` } : undefined;
}

interface Amount {
  words: number;
  seconds: number;
  unit: number;
}

/** "5 min", "5min", "5:30", "1:02:03", "1h", "an hour". A number alone is no length. */
function readAmount(words: string[]): Amount | undefined {
  const first = plain(words[0]);
  const clock = /^(?:(\d{1,2}):)?(\d{1,3}):(\d{2})$/.exec(first);
  if (clock) {
    const [, hours, minutes, seconds] = clock;
    const total = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
    return { words: 1, seconds: total, unit: 60 };
  }
  const joined = /^(\d+(?:[.,]\d+)?)([a-z]+)$/.exec(first);
  if (joined) return amount(1, decimal(joined[1]), joined[2]);
  if (/^\d+(?:[.,]\d+)?$/.test(first)) return amount(2, decimal(first), plain(words[1]));
  const elided = /^un'(.+)$/.exec(first);
  if (elided) return amount(1, 1, elided[1]);
  const article = ["a", "an", "one", "un", "una"].includes(first);
  return article ? amount(2, 1, plain(words[1])) : undefined;
}

function amount(words: number, count: number, name: string | undefined): Amount | undefined {
  const unit = SECONDS[name ?? ""];
  return unit ? { words, seconds: Math.round(count * unit), unit } : undefined;
}

function decimal(text: string | undefined): number {
  return Number((text ?? "").replace(",", "."));
}

function plain(word: string | undefined): string {
  return (word ?? "")
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[.,;]$/, "");
}
