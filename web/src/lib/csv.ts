/** Reads comma-separated values (RFC 4180), or by semicolons or tabs. */

export function readCsv(text: string): string[][] {
  const clean = text.replace(/^\uFEFF/, "");
  const [first = ""] = clean.split("\n", 1);
  const separator = separatorOf(first);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.some((one) => one !== "")) rows.push(row);
    row = [];
    cell = "";
  };
  for (let at = 0; at < clean.length; at++) {
    const letter = clean[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (clean[at + 1] === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === separator) {
      row.push(cell);
      cell = "";
    } else if (letter === "\n") endRow();
    else if (letter !== "\r") cell += letter;
  }
  endRow();
  return rows;
}

/** The same that the server takes. */
function separatorOf(line: string): string {
  return [",", ";", "\t"].find((one) => line.includes(one)) ?? ",";
}
