/**
 * The strip: two lanes, ours above, theirs below. Drawn twice, as played and as ahead, and the
 * played one is cut at the place, so that playing draws nothing. Also the slider of the place.
 */

import { useQuery } from "@tanstack/react-query";
import { type PointerEvent, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { recordingPeaks } from "../api/recordings";
import { barsIn, Lanes, useWidth } from "./canvas";
import type { Track } from "./engine";
import * as engine from "./engine";
import { bars } from "./outline";
import { PlaceSlider } from "./PlaceSlider";
import { useFrames } from "./use";
import css from "./Waveform.module.css";

export function Waveform({ track }: { track: Track }) {
  const { t } = useTranslation();
  const peaks = useQuery(recordingPeaks(track.id));
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const outline = peaks.data;
  const shape = useMemo(
    () => (outline && width > 0 ? bars(outline, barsIn(width)) : undefined),
    [outline, width],
  );
  useFrames((ms) => {
    const share = track.durationMs > 0 ? Math.min(1, ms / track.durationMs) : 0;
    box.current?.style.setProperty("--place", `${(share * 100).toFixed(3)}%`);
  });
  const dragging = useRef(false);
  const seekTo = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    engine.seek(((event.clientX - left) / width) * track.durationMs);
  };
  const letGo = () => {
    dragging.current = false;
  };
  return (
    <div ref={box} className={`${css.box} ${css.strip}`}>
      {shape && (
        <div
          className={css.picture}
          role="img"
          aria-label={t("player.waveform", { left: track.left, right: track.right })}
        >
          <Lanes shape={shape} width={width} ahead />
          <div className={css.played}>
            <Lanes shape={shape} width={width} />
          </div>
        </div>
      )}
      {outline === null && <p className={css.words}>{t("player.noPicture")}</p>}
      <div className={css.head} />
      <PlaceSlider
        track={track}
        onPointerDown={(event) => {
          dragging.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          seekTo(event);
        }}
        onPointerMove={(event) => dragging.current && seekTo(event)}
        onPointerUp={letGo}
        onPointerCancel={letGo}
      />
    </div>
  );
}
