/** The player below its row: sound in the list, without opening a page. */

import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { length } from "../../lib/time";
import type { View } from "../../lib/view";
import { Clock, LinkButton, PlayButton, SpeedButton, TenButtons } from "../../player/Controls";
import type { Track } from "../../player/engine";
import * as engine from "../../player/engine";
import { SoundTrouble } from "../../player/SoundTrouble";
import { usePlaying } from "../../player/use";
import { Waveform } from "../../player/Waveform";
import { Button } from "../../ui/button";
import css from "./MiniPlayer.module.css";

export function MiniPlayer({ track, view }: { track: Track; view: View }) {
  const { t } = useTranslation();
  const { error } = usePlaying();
  const navigate = useNavigate();
  const player = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Scrolled away, the bar takes over.
    const observer = new IntersectionObserver(([entry]) =>
      engine.showInPage(entry?.isIntersecting ?? false),
    );
    if (player.current) observer.observe(player.current);
    engine.showInPage(true);
    return () => {
      observer.disconnect();
      engine.showInPage(false);
    };
  }, []);
  const of = t("player.of", { who: track.right, length: length(track.durationMs) });
  return (
    <div ref={player} className={css.player} role="group" aria-label={of}>
      <PlayButton />
      {error ? (
        <div className={css.trouble}>
          <SoundTrouble error={error} />
        </div>
      ) : (
        <div className={css.picture}>
          <span className={css.names} aria-hidden="true">
            <span className={css.left}>{track.left}</span>
            <span className={css.right}>{track.right}</span>
          </span>
          <Waveform track={track} />
        </div>
      )}
      <Clock track={track} />
      <TenButtons />
      <SpeedButton />
      <LinkButton short />
      <Button
        onClick={() =>
          void navigate({
            to: "/recordings/$id",
            params: { id: track.id },
            search: { ...view, sel: track.id },
          })
        }
      >
        {t("list.open")} <kbd>↵</kbd>
      </Button>
    </div>
  );
}
