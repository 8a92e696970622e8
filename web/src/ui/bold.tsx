/** Texts of translations with `<b>` in them. Nothing else is read as markup. */

const PIECES = /<b>(.*?)<\/b>/g;

export function Bold({ text }: { text: string }) {
  // Every second piece stood between the marks.
  return text.split(PIECES).map((piece, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no other identity
    index % 2 ? <b key={index}>{piece}</b> : piece,
  );
}

/** The same text without the marks, for labels. */
export function unmarked(text: string): string {
  return text.replace(PIECES, "$1");
}
