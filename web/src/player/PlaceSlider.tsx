/** The slider of the place: covers the lanes, so that a click there leads there. */

import type { ComponentProps, KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { length, place } from "../lib/time";
import type { Track } from "./engine";
import * as engine from "./engine";
import { usePlace } from "./use";
import css from "./Waveform.module.css";

export function PlaceSlider({ track, ...pointing }: { track: Track } & ComponentProps<"div">) {
  const { t } = useTranslation();
  const now = usePlace();
  const keyed = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: -10_000, ArrowRight: 10_000 };
    const step = steps[event.key];
    if (step !== undefined) engine.nudge(event.shiftKey ? step / 10 : step);
    else if (event.key === "Home") engine.seek(0);
    else if (event.key === "End") engine.seek(track.durationMs);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      {...pointing}
      className={css.slider}
      role="slider"
      tabIndex={0}
      aria-label={t("player.place")}
      aria-valuemin={0}
      aria-valuemax={Math.round(track.durationMs / 1000)}
      aria-valuenow={Math.round(now / 1000)}
      aria-valuetext={t("player.placeText", {
        place: place(now),
        length: length(track.durationMs),
      })}
      onKeyDown={keyed}
    />
  );
}
