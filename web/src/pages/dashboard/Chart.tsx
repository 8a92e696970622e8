/** Recordings by the hour or day, beside what is usual: a picture, and a table for readers. */

import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { locale, number } from "../../lib/time";
import css from "./Chart.module.css";
import { scale } from "./scale";

interface Props {
  slots: Schemas["Slot"][];
  hourly: boolean;
  title: string;
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [724, 224, 56, 16, 28];

export function Chart({ slots, hourly, title }: Props) {
  const { t, i18n } = useTranslation();
  const name = (slot: Schemas["Slot"], long = false) =>
    new Intl.DateTimeFormat(locale(i18n.language), {
      hourCycle: "h23",
      ...(hourly ? { hour: "2-digit" } : { day: "numeric", month: long ? "long" : "short" }),
      ...(hourly && long ? { minute: "2-digit" } : {}),
    }).format(new Date(slot.from));
  return (
    <figure className={css.figure}>
      <Picture slots={slots} name={name} />
      <table className="unseen">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th>{t(hourly ? "dashboard.hour" : "dashboard.day")}</th>
            <th>{t("dashboard.recordings")}</th>
            <th>{t("dashboard.usual")}</th>
          </tr>
        </thead>
        <tbody>
          {slots.map((slot) => (
            <tr key={slot.from}>
              <th scope="row">{name(slot, true)}</th>
              <td>{number(slot.recordings, i18n.language)}</td>
              <td>{slot.usual == null ? "–" : number(slot.usual, i18n.language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

interface PictureProps {
  slots: Schemas["Slot"][];
  name: (slot: Schemas["Slot"]) => string;
}

function Picture({ slots, name }: PictureProps) {
  const { i18n } = useTranslation();
  const most = Math.max(...slots.flatMap((slot) => [slot.recordings, slot.usual ?? 0]));
  const lines = scale(most);
  const top = lines.at(-1) ?? 1;
  const step = (WIDTH - LEFT) / slots.length;
  const x = (index: number) => LEFT + index * step;
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const every = Math.ceil(slots.length / 8);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={css.picture} aria-hidden="true">
      {[0, ...lines].map((value) => (
        <g key={value}>
          <line className={css.line} x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
          <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
            {number(value, i18n.language)}
          </text>
        </g>
      ))}
      {slots.map((slot, index) => (
        <g key={slot.from}>
          <rect
            className={css.bar}
            x={x(index) + step * 0.1}
            width={step * 0.8}
            y={y(slot.recordings)}
            height={y(0) - y(slot.recordings)}
            rx={Math.min(2, step / 8)}
          />
          {index % every === 0 && (
            <text x={x(index) + step / 2} y={HEIGHT - 6} textAnchor="middle">
              {name(slot)}
            </text>
          )}
        </g>
      ))}
      <path className={css.usual} d={outline(slots, x, y)} />
    </svg>
  );
}

/** Steps over the slots; where nothing is usual yet there is no line. */
function outline(
  slots: Schemas["Slot"][],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let down = false;
  return slots
    .map(({ usual }, index) => {
      const begins = down ? "L" : "M";
      down = usual != null;
      if (usual == null) return "";
      return `${begins}${x(index)} ${y(usual)}H${x(index + 1)}`;
    })
    .join("");
}
