/** Who took part, and when: each a bar over the length of the call. */

import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { place, write } from "../../lib/time";
import { Card } from "../../ui/page";
import css from "./Parties.module.css";

export function Parties({ recording }: { recording: Recording }) {
  const { t, i18n } = useTranslation();
  const { participants, durationMs, startTime } = recording;
  if (participants.length === 0) return null;
  const wall = (ms: number) =>
    write(new Date(new Date(startTime).getTime() + ms), "time", i18n.language);
  const percent = (ms: number) => `${(ms / Math.max(1, durationMs)) * 100}%`;
  return (
    <Card title={t("detail.parties")}>
      <ul className={css.parties}>
        {participants.map((one) => (
          <li key={`${one.address} ${one.present[0]?.fromMs}`}>
            <span className={css.name}>
              <b>{one.name || one.number || one.address || t("list.withheld")}</b>{" "}
              {one.name && <span>{one.number}</span>}
            </span>
            {one.present.length > 0 && (
              <span className={css.line}>
                {one.present.map((span) => (
                  <span
                    key={span.fromMs}
                    className={one.local ? css.left : css.right}
                    style={{ left: percent(span.fromMs), width: percent(span.toMs - span.fromMs) }}
                    title={`${place(span.fromMs)}–${place(span.toMs)}`}
                  />
                ))}
              </span>
            )}
            <span className="unseen">
              {one.present
                .map((span) =>
                  t("detail.presentAt", { from: place(span.fromMs), to: place(span.toMs) }),
                )
                .join(", ")}
            </span>
          </li>
        ))}
      </ul>
      {participants.some((one) => one.present.length > 0) && (
        <div className={css.axis} aria-hidden="true">
          <span>{wall(0)}</span>
          <span>{wall(durationMs / 2)}</span>
          <span>{wall(durationMs)}</span>
        </div>
      )}
    </Card>
  );
}
