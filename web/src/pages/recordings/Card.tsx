/** A recording on the phone. */

import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/client";
import { localParty, remoteParty } from "../../lib/text";
import { length, write } from "../../lib/time";
import type { View } from "../../lib/view";
import css from "./Card.module.css";
import { Direction, Flags, Marked, NoteAndTags, PlayCell } from "./cells";

interface Props {
  recording: Summary;
  words: string[];
  byDay: boolean;
  view: View;
  selected: boolean;
}

/** Its height in rem: with and without a line for note and tags. */
export function cardHeight(recording: Summary): number {
  return recording.note || recording.tags.length > 0 ? 5.25 : 3.75;
}

export function Card({ recording, words, byDay, view, selected }: Props) {
  const { t, i18n } = useTranslation();
  const remote = remoteParty(recording, t("list.withheld"));
  const local = localParty(recording, t("list.withheld"));
  const noted = recording.note || recording.tags.length > 0;
  return (
    <li
      className={`${css.card} ${noted ? css.noted : ""}`}
      data-on={selected ? "selected" : undefined}
    >
      <PlayCell of={recording} large />
      <Link
        to="/recordings/$id"
        params={{ id: recording.id }}
        search={{ ...view, sel: recording.id }}
        className={css.what}
      >
        <span className={css.line}>
          <b>
            <Marked text={remote.name} words={words} />
          </b>
          <span className="figures">
            {write(recording.startTime, byDay ? "time" : "dayTime", i18n.language)}
          </span>
        </span>
        <span className={css.line}>
          <span className={css.local}>
            <Direction of={recording.direction} />
            <Marked text={local.name} words={words} />
          </span>
          <span className="figures">
            <Flags of={recording} /> {length(recording.durationMs)}
          </span>
        </span>
        {noted && <NoteAndTags of={recording} words={words} />}
      </Link>
    </li>
  );
}
