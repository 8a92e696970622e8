/** What became of the packets, side by side, and what that means. */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Recording, Schemas } from "../../api/client";
import { recordingQuality } from "../../api/recording";
import { quality } from "../../lib/text";
import { length, number, percent } from "../../lib/time";
import { Notice } from "../../ui/notice";
import { Card } from "../../ui/page";
import { Trouble } from "../Trouble";
import css from "./Detail.module.css";

type Measured = Schemas["Quality"];

export function QualityCard({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const measured = useQuery(recordingQuality(recording.id));
  if (measured.isPending) return null;
  return (
    <Card title={t("detail.quality")} aside={<Grade recording={recording} />}>
      {measured.isError && <Trouble error={measured.error} retry={() => void measured.refetch()} />}
      {measured.data === null && (
        <p className={`${css.inside} ${css.faint}`}>{t("detail.unmeasured")}</p>
      )}
      {measured.data && <Sides measured={measured.data} />}
    </Card>
  );
}

function Grade({ recording }: { recording: Recording }) {
  const { t, i18n } = useTranslation();
  const { grade, lost } = quality(recording);
  if (grade === "unmeasured") return <span className={css.faint}>{t("list.unmeasured")}</span>;
  return (
    <span className={grade === "poor" ? css.poor : css.faint}>
      {t(`list.${grade}`, { lost: percent(lost, i18n.language) })}
    </span>
  );
}

function Sides({ measured }: { measured: Measured }) {
  const { t, i18n } = useTranslation();
  const count = (value: number) => number(value, i18n.language);
  const one = (value: number) => number(Math.round(value * 10) / 10, i18n.language);
  const [left, right] = [side(measured, "left"), side(measured, "right")];
  const lost = left.lost + right.lost + left.discarded + right.discarded;
  const share = lost / Math.max(1, left.packets + right.packets + left.lost + right.lost);
  const jitter = (of: Side) =>
    of.jitterMs === undefined
      ? "–"
      : t("detail.jitterText", { mean: one(of.jitterMs), most: one(of.jitterMsMax) });
  const clipped = (of: Side) => t("detail.samples", { count: of.clipped, n: count(of.clipped) });
  const rows: [string, (of: Side) => string][] = [
    [
      t("detail.lost"),
      (of) => t("detail.ofPackets", { lost: count(of.lost), packets: count(of.packets + of.lost) }),
    ],
    [t("detail.late"), (of) => count(of.discarded)],
    [t("detail.jitter"), jitter],
    [t("detail.heard"), (of) => (of.audibleMs === undefined ? "–" : length(of.audibleMs))],
    [t("detail.clipped"), (of) => (of.audibleMs === undefined ? "–" : clipped(of))],
    [t("detail.codec"), (of) => of.encodings.join(", ") || "–"],
  ];
  return (
    <div className={css.inside}>
      {measured.oneWay && (
        <Notice kind="warn" fact={t("detail.oneWay")}>
          {t("detail.oneWayMore")}
        </Notice>
      )}
      <p>
        {lost === 0
          ? t("detail.qualityNone")
          : t("detail.qualityLost", { lost: percent(share, i18n.language) })}
      </p>
      <table className={css.sides}>
        <thead>
          <tr>
            <td />
            <th scope="col">{t("player.left")}</th>
            <th scope="col">{t("player.right")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([what, of]) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>{of(left)}</td>
              <td>{of(right)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {measured.lostFrames > 0 && (
        <p className={css.small}>
          {t("detail.damagedJournal")}: {count(measured.lostFrames)}
        </p>
      )}
    </div>
  );
}

interface Side {
  packets: number;
  lost: number;
  discarded: number;
  /** Undefined: not measured. */
  jitterMs: number | undefined;
  jitterMsMax: number;
  audibleMs: number | undefined;
  clipped: number;
  encodings: string[];
}

/** All streams that sounded on one channel. */
function side(measured: Measured, channel: "left" | "right"): Side {
  const streams = measured.streams.filter((one) => one.channel === channel);
  const sum = (of: (one: (typeof streams)[number]) => number) =>
    streams.reduce((total, one) => total + of(one), 0);
  const jitters = streams.flatMap(({ jitterMs }) =>
    typeof jitterMs === "number" ? [jitterMs] : [],
  );
  const loud = measured.channels?.[channel === "left" ? 0 : 1];
  return {
    packets: sum((one) => one.packets),
    lost: sum((one) => one.lost),
    discarded: sum((one) => one.discarded),
    jitterMs: jitters.length > 0 ? Math.max(...jitters) : undefined,
    jitterMsMax: Math.max(0, ...streams.map((one) => one.jitterMsMax ?? 0)),
    audibleMs: loud?.audibleMs,
    clipped: loud?.clipped ?? 0,
    encodings: [...new Set(streams.flatMap((one) => one.encodings))],
  };
}
