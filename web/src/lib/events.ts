/**
 * Server-sent events, read from the answer to a plain request: that tells a refusal from a broken
 * line, and hears the comments by which a quiet line shows that it is still there. The browser's
 * own `EventSource` does neither.
 */

export interface ServerEvent {
  name: string;
  data: string;
}

/** Takes text as it comes; gives the events that are whole. */
export function eventReader() {
  let rest = "";
  return (text: string): ServerEvent[] => {
    // A CR at the end may be half of a line's end.
    const all = rest + text;
    const held = all.endsWith("\r") ? 1 : 0;
    const blocks = all
      .slice(0, all.length - held)
      .replace(/\r\n?/g, "\n")
      .split("\n\n");
    rest = (blocks.pop() ?? "") + all.slice(all.length - held);
    return blocks.map(readEvent).filter((event) => event !== undefined);
  };
}

function readEvent(block: string): ServerEvent | undefined {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field, value] = /^(event|data):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") name = value ?? "";
    else if (field === "data") data.push(value ?? "");
  }
  return data.length > 0 ? { name, data: data.join("\n") } : undefined;
}
