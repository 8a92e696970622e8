/** The player with room: names and mutes beside the lanes, clock and speed below. */

import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { length } from "../../lib/time";
import {
  LargeClock,
  LinkButton,
  PlayButton,
  SideButtons,
  SpeedButton,
  TenButtons,
} from "../../player/Controls";
import type { Side, Track } from "../../player/engine";
import { SoundTrouble } from "../../player/SoundTrouble";
import { usePlaying } from "../../player/use";
import { Waveform } from "../../player/Waveform";
import { Notice } from "../../ui/notice";
import css from "./DetailPlayer.module.css";
import { stretches } from "./timeline";

interface Props {
  recording: Recording;
  track: Track;
  audible: boolean;
}

export function DetailPlayer({ recording, track, audible }: Props) {
  const { t } = useTranslation();
  const { error } = usePlaying();
  if (!audible) {
    const fact = recording.durationMs === 0 ? t("player.silent") : t("player.noRight");
    return <Notice kind="info" fact={fact} />;
  }
  const of = t("player.of", { who: track.right, length: length(track.durationMs) });
  return (
    <section className={css.player} aria-label={of}>
      <div className={css.lanes}>
        <div className={css.strips}>
          <Strip side="left" name={track.left} number={recording.localNumber} />
          <Strip side="right" name={track.right} number={recording.remoteNumber} />
        </div>
        <Waveform track={track} large stretches={stretches(recording, t)} />
      </div>
      {error ? <SoundTrouble error={error} /> : null}
      <div className={css.transport} role="toolbar" aria-label={t("player.transport")}>
        <PlayButton />
        <TenButtons />
        <LargeClock track={track} />
        <span className={css.end}>
          <SpeedButton word />
          <LinkButton primary />
        </span>
      </div>
    </section>
  );
}

function Strip({ side, name, number }: { side: Side; name: string; number: string }) {
  const { t } = useTranslation();
  return (
    <div className={css.strip}>
      <b className={css[side]} title={name}>
        {name}
      </b>
      <span className={css.number}>
        {[number === name ? "" : number, t(`player.${side}`)].filter(Boolean).join(" · ")}
      </span>
      <SideButtons side={side} name={name} />
    </div>
  );
}
