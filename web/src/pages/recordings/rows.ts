/** From recordings to what the list shows, top to bottom: heads of days, rows, the open player. */

import type { Summary } from "../../api/client";
import { dayOf } from "../../lib/time";

export type Item =
  | { kind: "day"; day: string; counted: number | undefined }
  | { kind: "row"; recording: Summary; index: number }
  | { kind: "player"; recording: Summary };

/**
 * `counted` of a day is how many rows it has, where all of them are here; the first and the last
 * one may go on beyond.
 */
export function items(
  recordings: Summary[],
  byDay: boolean,
  more: boolean,
  open: string | undefined,
): Item[] {
  const list: Item[] = [];
  let head: Extract<Item, { kind: "day" }> | undefined;
  let rows = 0;
  const close = (whole: boolean) => {
    if (head) head.counted = whole ? rows : undefined;
  };
  for (const [index, recording] of recordings.entries()) {
    const day = dayOf(new Date(recording.startTime));
    if (byDay && head?.day !== day) {
      close(true);
      head = { kind: "day", day, counted: undefined };
      rows = 0;
      list.push(head);
    }
    rows += 1;
    list.push({ kind: "row", recording, index });
    if (recording.id === open) list.push({ kind: "player", recording });
  }
  close(!more);
  return list;
}

/** The day that the item at a place belongs to. */
export function dayAt(list: Item[], place: number): Extract<Item, { kind: "day" }> | undefined {
  for (let at = Math.min(place, list.length - 1); at >= 0; at--) {
    const item = list[at];
    if (item?.kind === "day") return item;
  }
  return undefined;
}

/** The recording some rows further, or undefined at the end. */
export function neighbour(
  recordings: Summary[],
  id: string | undefined,
  by: 1 | -1,
): Summary | undefined {
  const at = recordings.findIndex((one) => one.id === id);
  if (at < 0) return recordings[0];
  return recordings[at + by];
}
