/** How loud both parties are: two bars of twenty steps, ours above. */

import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Running } from "../../api/live";
import { useMedia } from "../../ui/media";
import css from "./Levels.module.css";

/** What is quieter than this is silence. */
const FLOOR_DB = -60;
const STEPS = 20;

export function Levels({ of, now }: { of: Running; now: number }) {
  const { t } = useTranslation();
  if (!of.kept || of.paused) return null;
  if (!of.levels) return <Arriving of={of} now={now} />;
  return (
    <span className={css.levels}>
      <Meter db={of.levels.local} side="left" label={t("live.levelLocal")} />
      <Meter db={of.levels.remote} side="right" label={t("live.levelRemote")} />
    </span>
  );
}

function Meter({ db, side, label }: { db: number; side: "left" | "right"; label: string }) {
  const { t } = useTranslation();
  const shown = useStepped(Math.max(0, 1 - db / FLOOR_DB));
  const steps = Math.round(shown * STEPS);
  return (
    <span
      role="meter"
      className={`${css.meter} ${css[side]}`}
      aria-label={label}
      aria-valuemin={FLOOR_DB}
      aria-valuemax={0}
      aria-valuenow={Math.max(db, FLOOR_DB)}
      aria-valuetext={db <= FLOOR_DB ? t("live.quiet") : t("live.level", { n: db })}
    >
      <span style={{ width: `${(steps * 100) / STEPS}%` }} />
    </span>
  );
}

/** Follows a value ten times a second, or twice where motion is not wanted. */
function useStepped(target: number): number {
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const [shown, setShown] = useState(target);
  useEffect(() => {
    const share = still ? 1 : 0.4;
    const timer = window.setInterval(
      () =>
        setShown((old) => (Math.abs(target - old) < 0.01 ? target : old + (target - old) * share)),
      still ? 500 : 100,
    );
    return () => window.clearInterval(timer);
  }, [target, still]);
  return shown;
}

/** Where loudness is not known: whether packets come. */
function Arriving({ of, now }: { of: Running; now: number }) {
  const { t } = useTranslation();
  const packets = of.streams.reduce((sum, stream) => sum + stream.packets, 0);
  const last = useRef({ packets: 0, at: now });
  if (packets !== last.current.packets) last.current = { packets, at: now };
  const quiet = Math.round((now - last.current.at) / 1000);
  if (packets === 0 && quiet < QUIET_S) return null;
  return (
    <span className={quiet >= QUIET_S ? css.stuck : css.arrives}>
      {quiet >= QUIET_S ? t("live.stuck", { n: quiet }) : t("live.arrives")}
    </span>
  );
}

const QUIET_S = 5;
