/** Marks and keys above the lanes; those without room for themselves fold into one. */

import { useTranslation } from "react-i18next";
import { place } from "../lib/time";
import { Icon } from "../ui/icons";
import * as engine from "./engine";
import type { Span } from "./spans";
import css from "./Timeline.module.css";
import { zoomed } from "./zoom";

export interface Flag {
  key: string;
  atMs: number;
  kind: "mark" | "keypad";
  text: string;
}

interface Props {
  flags: Flag[];
  view: Span;
  width: number;
  durationMs: number;
  show: (view: Span) => void;
}

/** The least room of one, in pixels. */
const APART_PX = 64;

interface Group {
  x: number;
  flags: Flag[];
}

/** Those in view, with where they stand; pure. */
export function grouped(flags: Flag[], view: Span, width: number): Group[] {
  const groups: Group[] = [];
  for (const flag of [...flags].sort((one, other) => one.atMs - other.atMs)) {
    if (flag.atMs < view.fromMs || flag.atMs > view.toMs) continue;
    const x = ((flag.atMs - view.fromMs) / Math.max(1, view.toMs - view.fromMs)) * width;
    const last = groups.at(-1);
    if (last && x - last.x < APART_PX) last.flags.push(flag);
    else groups.push({ x, flags: [flag] });
  }
  return groups;
}

export function Flags({ flags, view, width, durationMs, show }: Props) {
  const { t } = useTranslation();
  const groups = grouped(flags, view, width);
  return (
    <div className={css.flags}>
      {groups.map(({ x, flags: [first, ...more] }, index) => {
        if (!first) return null;
        const folded = more.length > 0;
        const last = more.at(-1) ?? first;
        const text = folded ? t("player.folded", { count: more.length + 1 }) : first.text;
        const label = folded
          ? t("player.foldedAt", { what: text, from: place(first.atMs), to: place(last.atMs) })
          : t(`player.${first.kind}At`, { place: place(first.atMs), text });
        // At the right end the text stands before the line.
        const room = (groups[index + 1]?.x ?? width) - x;
        const turned = room < APART_PX && groups.length === index + 1;
        const go = () => {
          engine.seek(first.atMs);
          if (!folded) return;
          const around = (first.atMs + last.atMs) / 2;
          const apart = Math.max(1000, last.atMs - first.atMs) * 1.5;
          show(zoomed(view, (view.toMs - view.fromMs) / apart, around, durationMs));
        };
        return (
          <button
            key={first.key}
            type="button"
            className={turned ? css.turned : css.flag}
            style={turned ? { right: width - x } : { left: x, maxWidth: room }}
            aria-label={label}
            title={label}
            onClick={go}
          >
            <Icon name={first.kind} small />
            <span>{text}</span>
          </button>
        );
      })}
    </div>
  );
}
