/** Play, ten seconds, speed, mute: the same everywhere. */

import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { length, number, percent, place, tenths, write } from "../lib/time";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { Icon, TenSeconds } from "../ui/icons";
import css from "./Controls.module.css";
import * as engine from "./engine";
import { useCopyLink, usePlace, usePlaying } from "./use";

export function PlayButton() {
  const { t } = useTranslation();
  const { on, waiting } = usePlaying();
  return (
    <Button
      look="round"
      aria-label={on ? t("player.pause") : t("player.play")}
      aria-busy={on && waiting}
      onClick={engine.toggle}
    >
      <Icon name={on ? "pause" : "play"} />
    </Button>
  );
}

export function TenButtons() {
  const { t } = useTranslation();
  return (
    <>
      <Button look="quiet" icon aria-label={t("player.back")} onClick={() => engine.nudge(-10_000)}>
        <TenSeconds forward={false} />
      </Button>
      <Button
        look="quiet"
        icon
        aria-label={t("player.forward")}
        onClick={() => engine.nudge(10_000)}
      >
        <TenSeconds forward />
      </Button>
    </>
  );
}

export function SpeedButton({ word = false }: { word?: boolean }) {
  const { t, i18n } = useTranslation();
  const { rate } = usePlaying();
  const written = (rate: number) => number(rate, i18n.language);
  return (
    <Menu position="top-end">
      <Menu.Target>
        <Button aria-label={t("player.speedOf", { rate: written(rate) })}>
          <span className={css.rate}>{written(rate)}×</span>
          {word && <span className={css.word}>{t("player.speed").toLowerCase()}</span>}
          {word && <Icon name="chevron" />}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("player.speed")}</Menu.Label>
        {engine.RATES.map((one) => (
          <Choice key={one} checked={one === rate} choose={() => engine.setRate(one)}>
            {written(one)}×
          </Choice>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function LinkButton({ primary = false, short = false }: LinkButtonProps) {
  const { t } = useTranslation();
  const now = place(usePlace());
  const { loop } = usePlaying();
  const copyLink = useCopyLink();
  const label = loop
    ? t("player.copyStretch", { from: tenths(loop.fromMs), to: tenths(loop.toMs) })
    : t("player.copyLink", { place: now });
  return (
    <Button look={primary ? "primary" : "plain"} aria-label={label} onClick={copyLink}>
      <Icon name="link" />
      <span className="figures">{short ? now : label}</span>
    </Button>
  );
}

interface LinkButtonProps {
  primary?: boolean;
  short?: boolean;
}

/** 04:37 of 16:32. */
export function Clock({ track }: { track: engine.Track }) {
  const { t } = useTranslation();
  return (
    <span className={css.clock}>
      <b>{place(usePlace())}</b>
      <span>{t("player.ofLength", { length: length(track.durationMs) })}</span>
    </span>
  );
}

/** 04:37.2, the length, and what the clock on the wall said. */
export function LargeClock({ track }: { track: engine.Track }) {
  const { t, i18n } = useTranslation();
  const now = usePlace(100);
  const wall = new Date(new Date(track.startTime).getTime() + now);
  return (
    <span className={css.largeClock}>
      <b>{`${place(now)}.${Math.floor(now / 100) % 10}`}</b>
      <span>{length(track.durationMs)}</span>
      <span>{t("player.at", { time: write(wall, "time", i18n.language) })}</span>
    </span>
  );
}

interface SideProps {
  side: engine.Side;
  name: string;
  /** Whether there is room for a slider. */
  volume?: boolean;
}

export function SideButtons({ side, name, volume: wide = false }: SideProps) {
  const { t, i18n } = useTranslation();
  const { muted, volume } = usePlaying();
  const other = side === "left" ? "right" : "left";
  const alone = !muted[side] && muted[other];
  return (
    <span className={css.sides}>
      <Button
        look="quiet"
        small
        icon
        pressed={muted[side]}
        aria-label={t("player.mute", { who: name })}
        onClick={() => engine.mute(side, !muted[side])}
      >
        <Icon name={muted[side] ? "muted" : "speaker"} />
      </Button>
      <Button
        look="quiet"
        small
        pressed={alone}
        aria-label={t("player.solo", { who: name })}
        onClick={() => engine.hearOnly(alone ? "both" : side)}
      >
        {t("player.soloShort")}
      </Button>
      {wide && (
        <input
          className={css.volume}
          type="range"
          min={0}
          max={150}
          step={5}
          aria-label={t("player.volume", { who: name })}
          aria-valuetext={t("player.volumeText", {
            percent: percent(volume[side], i18n.language),
          })}
          title={percent(volume[side], i18n.language)}
          value={Math.round(volume[side] * 100)}
          onChange={(event) => engine.setVolume(side, Number(event.target.value) / 100)}
        />
      )}
    </span>
  );
}
