/** The tools of the player with room: both ears, loop, silence, zoom; with their keys. */

import { useTranslation } from "react-i18next";
import { length, tenths } from "../lib/time";
import { Button } from "../ui/button";
import { Icon } from "../ui/icons";
import { useKeys } from "../ui/keyboard";
import type { Track } from "./engine";
import * as engine from "./engine";
import { lengthOf, loopOf, type Span } from "./spans";
import css from "./Tools.module.css";
import { usePlaying } from "./use";
import { closeness, factorTo, whole, zoomed } from "./zoom";

/** What the button takes, from where the sound is; the handles do the rest. */
const LOOP_MS = 10_000;

export function TogetherButton() {
  const { t } = useTranslation();
  const { together } = usePlaying();
  return (
    <Button
      icon
      pressed={together}
      aria-label={t("player.together")}
      title={t("player.together")}
      onClick={() => engine.hearTogether(!together)}
    >
      <Icon name="ears" />
    </Button>
  );
}

export function LoopButton({ track }: { track: Track }) {
  const { t } = useTranslation();
  const { loop } = usePlaying();
  const toggled = () => {
    const now = engine.positionMs();
    engine.setLoop(loop ? undefined : loopOf(now, now + LOOP_MS, track.durationMs));
  };
  return (
    <Button pressed={loop !== undefined} onClick={toggled}>
      <Icon name="loop" />
      <span className="figures">
        {loop
          ? t("player.loopOf", { from: tenths(loop.fromMs), to: tenths(loop.toMs) })
          : t("player.loop")}
      </span>
    </Button>
  );
}

/** `[` and `]` set the ends where the sound is. */
export function useLoopKeys({ durationMs }: Track) {
  const { loop } = usePlaying();
  const set = (from: number, to: number) => {
    const next = from < to ? loopOf(from, to, durationMs) : undefined;
    if (next) engine.setLoop(next);
  };
  useKeys({
    "[": () => {
      const now = engine.positionMs();
      set(now, loop && loop.toMs > now ? loop.toMs : durationMs);
    },
    "]": () => {
      const now = engine.positionMs();
      set(loop && loop.fromMs < now ? loop.fromMs : 0, now);
    },
  });
}

export function JumpButton() {
  const { t } = useTranslation();
  const { silences, jumping } = usePlaying();
  const none = silences.length === 0;
  const toggle = () => engine.jumpSilence(!jumping);
  useKeys(none ? {} : { s: toggle });
  const saved = length(lengthOf(silences));
  return (
    <Button
      pressed={jumping && !none}
      refused={none ? t("player.noSilence") : undefined}
      aria-label={none ? undefined : t("player.jumpSaves", { length: saved })}
      onClick={toggle}
    >
      <Icon name="jump" />
      {t("player.jump")}
      {!none && <span className={`${css.saved} figures`}>−{saved}</span>}
    </Button>
  );
}

interface ZoomProps {
  track: Track;
  view: Span;
  show: (view: Span) => void;
}

/** One press of a button or a key. */
const ZOOM_STEP = 1.6;

export function Zoom({ track, view, show }: ZoomProps) {
  const { t } = useTranslation();
  const { durationMs } = track;
  const by = (factor: number) => {
    const now = engine.positionMs();
    const inView = now >= view.fromMs && now <= view.toMs;
    // Around what is heard, if that is in view.
    const around = inView ? now : (view.fromMs + view.toMs) / 2;
    show(zoomed(view, factor, around, durationMs));
  };
  const closer = () => by(ZOOM_STEP);
  useKeys({
    "+": closer,
    "=": closer,
    "-": () => by(1 / ZOOM_STEP),
    "0": () => show(whole(durationMs)),
  });
  return (
    <span className={css.zoom}>
      <Button
        look="quiet"
        small
        icon
        aria-label={t("player.zoomOut")}
        onClick={() => by(1 / ZOOM_STEP)}
      >
        <Icon name="none" />
      </Button>
      <input
        type="range"
        min={0}
        max={100}
        aria-label={t("player.zoom")}
        value={Math.round(closeness(view, durationMs) * 100)}
        onChange={(event) => by(factorTo(view, Number(event.target.value) / 100, durationMs))}
      />
      <Button look="quiet" small icon aria-label={t("player.zoomIn")} onClick={closer}>
        <Icon name="plus" />
      </Button>
    </span>
  );
}
