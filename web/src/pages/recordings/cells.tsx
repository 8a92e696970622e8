/** What stands in the cells of the list, in the table and on the phone alike. */

import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/client";
import { mayListen } from "../../api/recordings";
import { hits, localParty, quality, remoteParty } from "../../lib/text";
import { percent, write } from "../../lib/time";
import type { View } from "../../lib/view";
import * as engine from "../../player/engine";
import { usePlaying } from "../../player/use";
import { Icon, type IconName } from "../../ui/icons";
import css from "./cells.module.css";

/** Tags that have a place in a row; the rest is a number. */
const TAGS_MAX = 2;

export function Marked({ text, words }: { text: string; words: string[] }) {
  return hits(text, words).map((piece, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no other identity
    index % 2 ? <mark key={index}>{piece}</mark> : piece,
  );
}

const DIRECTIONS: Record<Summary["direction"], IconName> = {
  incoming: "incoming",
  outgoing: "outgoing",
  unknown: "none",
};

export function Direction({ of }: { of: Summary["direction"] }) {
  const { t } = useTranslation();
  return (
    <span className={`${css.direction} ${of === "incoming" ? css.in : ""}`}>
      <Icon name={DIRECTIONS[of]} />
      <span className="unseen">{t(`list.${of}`)}</span>
    </span>
  );
}

export function Local({ of, words }: CellProps) {
  const { t } = useTranslation();
  const party = localParty(of, t("list.withheld"));
  return (
    <span className={css.party}>
      <span className={css.name} title={party.name}>
        <Marked text={party.name} words={words} />
      </span>
      {party.number && (
        <span className={css.number}>
          <Marked text={party.number} words={words} />
        </span>
      )}
    </span>
  );
}

export function Remote({ of, words, view }: CellProps & { view: View }) {
  const { t } = useTranslation();
  const party = remoteParty(of, t("list.withheld"));
  return (
    <span className={css.party}>
      <Direction of={of.direction} />
      <Link
        to="/recordings/$id"
        params={{ id: of.id }}
        search={{ ...view, sel: of.id }}
        className={`${css.name} ${css.open}`}
        title={party.name}
        tabIndex={-1}
        onClick={(event) => event.stopPropagation()}
      >
        <Marked text={party.name} words={words} />
      </Link>
      {party.number && (
        <span className={css.number}>
          <Marked text={party.number} words={words} />
        </span>
      )}
    </span>
  );
}

interface CellProps {
  of: Summary;
  words: string[];
}

export function NoteAndTags({ of, words }: CellProps) {
  const { t } = useTranslation();
  const shown = of.tags.length > TAGS_MAX + 1 ? of.tags.slice(0, TAGS_MAX) : of.tags;
  const rest = of.tags.slice(shown.length);
  return (
    <span className={css.note}>
      {shown.map((tag) => (
        <span key={tag} className={css.tag} title={tag}>
          <Marked text={tag} words={words} />
        </span>
      ))}
      {rest.length > 0 && (
        <span className={css.tag} title={rest.join(", ")}>
          <span aria-hidden="true">+{rest.length}</span>
          <span className="unseen">
            {t("list.moreTags", { count: rest.length, tags: rest.join(", ") })}
          </span>
        </span>
      )}
      {of.note && (
        <span className={css.text} title={of.note}>
          <Marked text={of.note} words={words} />
        </span>
      )}
    </span>
  );
}

const BARS = { good: 4, fair: 3, poor: 2, unmeasured: 0 } as const;

export function QualityBars({ of }: { of: Summary }) {
  const { t, i18n } = useTranslation();
  if (of.durationMs === 0) return <span className={css.faint}>{t("list.noSound")}</span>;
  const { grade, lost } = quality(of);
  const share = percent(lost, i18n.language);
  const words = grade === "unmeasured" ? t("list.unmeasured") : t(`list.${grade}`, { lost: share });
  return (
    <span className={`${css.quality} ${css[grade]}`} title={words}>
      <span className={css.bars} aria-hidden="true">
        {[1, 2, 3, 4].map((bar) => (
          <i key={bar} data-on={bar <= BARS[grade] || undefined} />
        ))}
      </span>
      {grade === "poor" && <span aria-hidden="true">{share}</span>}
      <span className="unseen">{words}</span>
    </span>
  );
}

/** Preserved, held, masked, interrupted, failed: shape, and the word for readers. */
export function Flags({ of }: { of: Summary }) {
  const { t } = useTranslation();
  const flags: [boolean, IconName, string][] = [
    [of.state === "interrupted", "warning", t("list.interrupted")],
    [of.state === "failed", "failed", t("list.failed")],
    [of.paused, "masked", t("list.masked")],
    [of.preserved, "preserve", t("list.preserved")],
    [of.onHold, "hold", t("list.held")],
  ];
  return flags.map(
    ([on, icon, word]) =>
      on && (
        <span key={icon} className={css.flag} title={word}>
          <Icon name={icon} />
          <span className="unseen">{word}</span>
        </span>
      ),
  );
}

/** What is to be known of a recording that can be played. */
type Playable = Parameters<typeof mayListen>[0] &
  Parameters<typeof localParty>[0] &
  Pick<Summary, "id" | "startTime">;

/** Play in place; what is playing shows that it does. */
export function PlayCell({ of, large = false }: { of: Playable; large?: boolean }) {
  const { t, i18n } = useTranslation();
  const { track, on } = usePlaying();
  const mine = track?.id === of.id && on;
  const who = remoteParty(of, t("list.withheld")).name;
  const time = write(of.startTime, "time", i18n.language);
  const refused = of.durationMs === 0 ? t("player.silent") : t("player.noRight");
  if (!mayListen(of)) {
    return (
      <span className={large ? css.playLarge : css.play} title={refused}>
        <Icon name="none" />
        <span className="unseen">{refused}</span>
      </span>
    );
  }
  return (
    <button
      type="button"
      tabIndex={-1}
      className={large ? css.playLarge : css.play}
      data-on={mine || undefined}
      aria-label={t(mine ? "list.pause" : "list.play", { who, time })}
      onClick={(event) => {
        event.stopPropagation();
        if (mine) engine.pause();
        else playRow(of, t("list.withheld"));
      }}
    >
      <Icon name={mine ? "pause" : "play"} />
    </button>
  );
}

/** Takes the sound of a row; false where there is none for this user. */
export function takeRow(of: Playable | undefined, withheld: string): boolean {
  if (!of || !mayListen(of)) return false;
  engine.load({
    id: of.id,
    left: localParty(of, withheld).name,
    right: remoteParty(of, withheld).name,
    durationMs: of.durationMs,
    startTime: of.startTime,
  });
  return true;
}

function playRow(of: Playable, withheld: string) {
  if (takeRow(of, withheld)) void engine.play();
}
