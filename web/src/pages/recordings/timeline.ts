/** What happens in a sound, by time: marks, keys, pauses, missing sound. Pure. */

import type { TFunction } from "i18next";
import type { Recording } from "../../api/client";
import { length } from "../../lib/time";
import type { Flag } from "../../player/Flags";
import type { Stretch } from "../../player/Timeline";
import type { IconName } from "../../ui/icons";

export interface Moment {
  key: string;
  atMs: number;
  icon: IconName;
  what: string;
  more: string;
  /** The number of a mark, which can be taken away. */
  mark?: number;
}

/** Keys that follow each other faster than this are one moment. */
const KEYS_APART_MS = 3000;

/** Below this, silence is nobody's news. */
const GAP_MIN_MS = 200;

type Names = Record<"left" | "right", string>;

export function moments(recording: Recording, names: Names, t: TFunction): Moment[] {
  const list: Moment[] = [];
  for (const mark of recording.marks) {
    const more = t("detail.mark", { who: mark.madeBy });
    const { id, offsetMs, text } = mark;
    list.push({ key: `mark ${id}`, atMs: offsetMs, icon: "mark", what: text, more, mark: id });
  }
  for (const pause of recording.pauses) {
    list.push({
      key: `pause ${pause.fromMs}`,
      atMs: pause.fromMs,
      icon: "pause",
      what: t("detail.maskedFor", { length: length(pause.toMs - pause.fromMs) }),
      more:
        pause.by === "client"
          ? t("detail.maskedByClient")
          : t("detail.maskedBy", { who: pause.by }),
    });
  }
  for (const gap of missing(recording)) {
    list.push({
      key: `gap ${gap.fromMs}`,
      atMs: gap.fromMs,
      icon: "missing",
      what: t("detail.gap", { length: seconds(gap.toMs - gap.fromMs) }),
      more: t("detail.gapMore"),
    });
  }
  list.push(...keys(recording, names, t));
  return list.sort((one, other) => one.atMs - other.atMs);
}

function keys(recording: Recording, names: Names, t: TFunction): Moment[] {
  const list: Moment[] = [];
  let last: { moment: Moment; channel: string; toMs: number; pressed: string[] } | undefined;
  for (const press of recording.keyPresses) {
    const pressed = press.key ?? "";
    const close = last && press.fromMs - last.toMs < KEYS_APART_MS;
    if (!last || !close || last.channel !== press.channel) {
      const side = press.channel === "left" ? "left" : "right";
      const moment: Moment = {
        key: `key ${press.channel} ${press.fromMs}`,
        atMs: press.fromMs,
        icon: "keypad",
        what: "",
        more: t("detail.pressed", { who: names[side] }),
      };
      list.push(moment);
      last = { moment, channel: press.channel, toMs: press.toMs, pressed: [] };
    }
    if (pressed) last.pressed.push(pressed);
    last.toMs = press.toMs;
    last.moment.what =
      last.pressed.length > 0
        ? t("detail.key", { keys: last.pressed.join(" ") })
        : t("detail.keyMuted");
  }
  return list;
}

/** Gaps that are long enough to be heard. */
function missing(recording: Recording) {
  return recording.gaps.filter((gap) => gap.toMs - gap.fromMs >= GAP_MIN_MS);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Marks and keys to draw above the lanes. */
export function flags(recording: Recording, t: TFunction): Flag[] {
  const names = { left: "", right: "" };
  return moments(recording, names, t).flatMap(({ key, atMs, icon, what }) =>
    icon === "mark" || icon === "keypad" ? [{ key, atMs, kind: icon, text: what }] : [],
  );
}

/** Stretches to draw into the lanes. */
export function stretches(recording: Recording, t: TFunction): Stretch[] {
  return [
    ...recording.pauses.map((pause) => ({
      kind: "masked" as const,
      fromMs: pause.fromMs,
      toMs: pause.toMs,
      label: t("player.masked"),
    })),
    ...missing(recording).map((gap) => ({
      kind: "missing" as const,
      fromMs: gap.fromMs,
      toMs: gap.toMs,
      label: "",
    })),
  ];
}
