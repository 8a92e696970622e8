/** A recording in the table. */

import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/client";
import { bytes, remoteParty } from "../../lib/text";
import { length, locale, write } from "../../lib/time";
import type { View } from "../../lib/view";
import { Flags, Local, NoteAndTags, PlayCell, QualityBars, Remote } from "./cells";
import type { Chosen } from "./chosen";
import type { Column } from "./columns";
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
  columns: Column[];
  chosen: Chosen;
  select: (id: string) => void;
  open: (id: string) => void;
}

export function Row(props: Props) {
  const { recording, index, selected, chosen } = props;
  const ticked = chosen.has(recording.id);
  return (
    <tr
      className={css.row}
      // The head is the first one.
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-on={selected ? "selected" : undefined}
      data-ticked={ticked || undefined}
      tabIndex={selected ? 0 : -1}
      onClick={() => props.select(recording.id)}
      onDoubleClick={() => props.open(recording.id)}
    >
      <td className={css.play}>
        <span>
          <Tick of={recording} chosen={chosen} ticked={ticked} />
          <PlayCell of={recording} />
        </span>
      </td>
      {props.columns.map((column) => (
        <Cell key={column} column={column} {...props} />
      ))}
    </tr>
  );
}

function Tick({ of, chosen, ticked }: { of: Summary; chosen: Chosen; ticked: boolean }) {
  const { t, i18n } = useTranslation();
  const who = remoteParty(of, t("list.withheld")).name;
  const time = write(of.startTime, "time", i18n.language);
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      checked={ticked}
      data-always={chosen.any || undefined}
      aria-label={t("list.tick", { who, time })}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onChange={(event) => {
        const through = event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey;
        chosen.toggle(of.id, through);
      }}
    />
  );
}

function Cell({ column, recording, words, byDay, view }: Props & { column: Column }) {
  const { i18n } = useTranslation();
  const language = i18n.language;
  switch (column) {
    case "started":
      return (
        <td className="figures" title={write(recording.startTime, "full", language)}>
          {write(recording.startTime, byDay ? "time" : "dayTime", language)}
        </td>
      );
    case "local":
      return (
        <td>
          <Local of={recording} words={words} />
        </td>
      );
    case "remote":
      return (
        <td>
          <Remote of={recording} words={words} view={view} />
        </td>
      );
    case "length":
      return <td className={`${css.length} figures`}>{length(recording.durationMs)}</td>;
    case "notes":
      return (
        <td>
          <NoteAndTags of={recording} words={words} />
        </td>
      );
    case "quality":
      return (
        <td>
          <QualityBars of={recording} />
        </td>
      );
    case "flags":
      return (
        <td className={css.flags}>
          <Flags of={recording} />
        </td>
      );
    case "size":
      return <td className={`${css.length} figures`}>{bytes(recording.size, locale(language))}</td>;
    case "changed":
      return (
        <td className="figures" title={write(recording.updatedAt, "full", language)}>
          {write(recording.updatedAt, "dayTime", language)}
        </td>
      );
    default: {
      const text = recording[column === "reference" ? "referenceNumber" : column];
      return (
        <td className={css.plain} title={text}>
          {text}
        </td>
      );
    }
  }
}
