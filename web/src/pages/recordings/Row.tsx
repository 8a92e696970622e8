/** A recording in the table. */

import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/client";
import { length, write } from "../../lib/time";
import type { View } from "../../lib/view";
import { Flags, Local, NoteAndTags, PlayCell, QualityBars, Remote } from "./cells";
import css from "./Row.module.css";

interface Props {
  recording: Summary;
  /** From 0, over all rows of the list. */
  index: number;
  selected: boolean;
  words: string[];
  /** Days have heads of their own, so that a time is enough. */
  byDay: boolean;
  view: View;
  select: (id: string) => void;
  open: (id: string) => void;
}

export function Row(props: Props) {
  const { recording, index, selected, words, byDay, view } = props;
  const { i18n } = useTranslation();
  const style = byDay ? "time" : "dayTime";
  return (
    <tr
      className={css.row}
      // The head is the first one.
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-on={selected ? "selected" : undefined}
      tabIndex={selected ? 0 : -1}
      onClick={() => props.select(recording.id)}
      onDoubleClick={() => props.open(recording.id)}
    >
      <td className={css.play}>
        <PlayCell of={recording} />
      </td>
      <td className="figures" title={write(recording.startTime, "full", i18n.language)}>
        {write(recording.startTime, style, i18n.language)}
      </td>
      <td>
        <Local of={recording} words={words} />
      </td>
      <td>
        <Remote of={recording} words={words} view={view} />
      </td>
      <td className={css.group} title={recording.group}>
        {recording.group}
      </td>
      <td className={`${css.length} figures`}>{length(recording.durationMs)}</td>
      <td className={css.notes}>
        <NoteAndTags of={recording} words={words} />
      </td>
      <td className={css.quality}>
        <QualityBars of={recording} />
      </td>
      <td className={css.flags}>
        <Flags of={recording} />
      </td>
    </tr>
  );
}
