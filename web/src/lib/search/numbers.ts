/** Telephone numbers as people write them: "0584 943232", "+39 (0584) 94-32-32". */

export interface NumberRead {
  words: number;
  /** Digits alone. */
  digits: string;
  /** Without the country's prefix, where one was written. */
  national?: string;
}

/** A number has at least this many digits; fewer are text. */
const DIGITS_MIN = 3;

/** Countries whose prefix has one or two digits; all others have three. */
const SHORT_PREFIX = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

const PART = /^\+?[\d().\-/]*\d[\d().\-/]*$|^\(\d+\)$/;

/** Reads a number at the front of `words`, over as many of them as look like its parts. */
export function readNumber(words: string[]): NumberRead | undefined {
  let used = 0;
  let text = "";
  while (used < words.length) {
    const word = (words[used] ?? "").replace(/[,;]$/, "");
    // A plus begins another number.
    if (!PART.test(word) || (used > 0 && word.startsWith("+"))) break;
    text += word;
    used += 1;
  }
  const digits = text.replace(/\D/g, "");
  if (digits.length < DIGITS_MIN) return undefined;
  const international = text.startsWith("+") ? digits : /^00(\d+)$/.exec(digits)?.[1];
  const read: NumberRead = { words: used, digits: international ?? digits };
  if (!international) return read;
  const prefix = SHORT_PREFIX.exec(international)?.[0].length ?? 3;
  const national = international.slice(prefix);
  return national.length < DIGITS_MIN ? read : { ...read, national };
}
