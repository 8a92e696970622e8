/** The bar at the bottom: what plays goes on playing while one looks elsewhere. */

import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { length } from "../lib/time";
import { Button } from "../ui/button";
import { Icon } from "../ui/icons";
import css from "./Bar.module.css";
import { Clock, LinkButton, PlayButton, SpeedButton, TenButtons } from "./Controls";
import * as engine from "./engine";
import { SoundTrouble } from "./SoundTrouble";
import { usePlaying } from "./use";
import { Waveform } from "./Waveform";

export function Bar() {
  const { t } = useTranslation();
  const { track, inPage, error } = usePlaying();
  if (!track || inPage) return null;
  const of = t("player.of", { who: track.right, length: length(track.durationMs) });
  return (
    <section className={css.bar} aria-label={of}>
      {error ? (
        <SoundTrouble error={error} />
      ) : (
        <div className={css.picture}>
          <Waveform key={track.id} track={track} />
        </div>
      )}
      <div className={css.controls}>
        <PlayButton />
        <div className={css.what}>
          <Link to="/recordings/$id" params={{ id: track.id }} className={css.who}>
            {track.right}
          </Link>
          <Clock track={track} />
        </div>
        <TenButtons />
        <SpeedButton />
        <span className={css.wide}>
          <LinkButton short />
        </span>
        <span className={css.wide}>
          <Button look="quiet" icon aria-label={t("player.close")} onClick={engine.unload}>
            <Icon name="close" />
          </Button>
        </span>
      </div>
    </section>
  );
}
