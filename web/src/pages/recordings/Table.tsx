/**
 * The rows of the list: only those in sight are there, pages come two screens ahead. A table on
 * wide screens, cards on the phone; both are the same rows with the same keys.
 */

import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/client";
import type { Sort, View } from "../../lib/view";
import type { Track } from "../../player/engine";
import { usePlaying } from "../../player/use";
import { Button } from "../../ui/button";
import { NARROW, useMedia } from "../../ui/media";
import { Card, cardHeight } from "./Card";
import type { Chosen } from "./chosen";
import { type Column, fitting } from "./columns";
import { DayHead } from "./DayHead";
import { Head } from "./Head";
import { MiniPlayer } from "./MiniPlayer";
import { Row } from "./Row";
import { dayAt, type Item, items } from "./rows";
import css from "./Table.module.css";

export interface TableProps {
  view: View;
  recordings: Summary[];
  total: number | undefined;
  busy: boolean;
  /** Whether there are rows behind the last one. */
  more: boolean;
  loadMore: () => void;
  /** Loads the next page again, after it did not come. */
  failed: (() => void) | undefined;
  select: (id: string) => void;
  open: (id: string) => void;
  sortBy: (sort: Sort) => void;
  /** Those somebody chose; what has no room of them is left out. */
  columns: Column[];
  chosen: Chosen;
}

const ORDERS = {
  "-start": "newest",
  start: "oldest",
  "-length": "longest",
  length: "shortest",
  "-size": "largest",
  size: "smallest",
  "-changed": "lastChanged",
  changed: "firstChanged",
} as const;

const HEIGHTS_REM = { day: 2, row: 2.25, player: 4.75 } as const;
const SCREENS_AHEAD = 2;

export function Table(props: TableProps) {
  const { view, recordings, total, busy, more, loadMore, chosen } = props;
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useMedia(NARROW);
  const { track } = usePlaying();
  const byDay = (view.sort ?? "-start").endsWith("start");
  const opened = narrow ? undefined : track?.id;
  const list = useMemo(
    () => items(recordings, byDay, more, opened),
    [recordings, byDay, more, opened],
  );
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const columns = fitting(props.columns, useWidth(scroller, rem));
  const height = (item: Item | undefined) => {
    if (narrow && item?.kind === "row") return cardHeight(item.recording) * rem;
    return HEIGHTS_REM[item?.kind ?? "row"] * rem;
  };
  // What stands in the sticky head is not repeated below it.
  const top = byDay && list[0]?.kind === "day" ? 1 : 0;
  const rows = useVirtualizer({
    count: list.length - top,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => height(list[index + top]),
    getItemKey: (index) => itemKey(list[index + top]),
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights depend on these
  useEffect(() => rows.measure(), [list, narrow]);
  useScrollToSelected(view.sel, list, top, rows.scrollToIndex, scroller);

  const shown = rows.getVirtualItems();
  const last = shown.at(-1);
  const ahead = (scroller.current?.clientHeight ?? 0) * SCREENS_AHEAD;
  const near = !!last && rows.getTotalSize() - last.end < ahead;
  useEffect(() => {
    if (near && more) loadMore();
  }, [near, more, loadMore]);

  if (busy) return <Waiting narrow={narrow} />;
  const first = shown.find((item) => item.end > (rows.scrollOffset ?? 0))?.index ?? 0;
  const day = byDay ? dayAt(list, first + top) : undefined;
  const caption = t("list.caption", { order: t(`list.${ORDERS[view.sort ?? "-start"]}`) });
  const sorting = { sortBy: props.sortBy };
  const body = { ...props, columns, list, top, shown, size: rows.getTotalSize(), track, byDay };
  const foot = props.failed && (
    <div className={css.failed}>
      {t("trouble.lost")}
      <Button small onClick={props.failed}>
        {t("trouble.retry")}
      </Button>
    </div>
  );
  return (
    <div ref={scroller} className={css.scroller} tabIndex={-1} data-scroller>
      {narrow ? (
        <>
          {day && (
            <div className={css.stickyDay}>
              <DayHead day={day.day} counted={day.counted} view={view} />
            </div>
          )}
          <Cards {...body} caption={caption} />
        </>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are moved through
        <table className={css.table} role="grid" aria-rowcount={(total ?? -2) + 1}>
          <caption className="unseen">{caption}</caption>
          <Columns {...{ columns, byDay }} />
          <Head {...{ view, day, columns, chosen }} loaded={recordings.length} {...sorting} />
          <Body {...body} />
        </table>
      )}
      {foot}
    </div>
  );
}

function itemKey(item: Item | undefined): string {
  if (!item) return "";
  return item.kind === "day" ? item.day : `${item.kind} ${item.recording.id}`;
}

interface BodyProps extends TableProps {
  list: Item[];
  top: number;
  shown: VirtualItem[];
  size: number;
  track: Track | undefined;
  byDay: boolean;
}

/** Rows in sight, and as much room before and behind as the others would take. */
function Body({ list, top, shown, size, track, byDay, columns, ...props }: BodyProps) {
  const words = searched(props.view);
  const span = columns.length + 1;
  return (
    <tbody>
      <Spacer height={shown[0]?.start ?? 0} columns={span} />
      {shown.map(({ index, key }) => {
        const item = list[index + top];
        if (!item) return null;
        if (item.kind === "day") {
          return (
            <tr key={key} className={css.day}>
              <th colSpan={span} scope="rowgroup">
                <DayHead day={item.day} counted={item.counted} view={props.view} />
              </th>
            </tr>
          );
        }
        if (item.kind === "player") {
          return (
            <tr key={key} className={css.player} data-on="selected">
              <td colSpan={span}>{track && <MiniPlayer track={track} view={props.view} />}</td>
            </tr>
          );
        }
        return (
          <Row
            key={key}
            recording={item.recording}
            index={item.index}
            selected={item.recording.id === props.view.sel}
            {...{ words, byDay, columns }}
            view={props.view}
            chosen={props.chosen}
            select={props.select}
            open={props.open}
          />
        );
      })}
      <Spacer height={size - (shown.at(-1)?.end ?? 0)} columns={span} />
    </tbody>
  );
}

function Cards({ list, top, shown, size, caption, ...props }: BodyProps & { caption: string }) {
  const words = searched(props.view);
  return (
    <ul aria-label={caption} className={css.cards}>
      <Room height={shown[0]?.start ?? 0} />
      {shown.map(({ index, key }) => {
        const item = list[index + top];
        if (item?.kind === "day") {
          return (
            <li key={key} className={css.cardDay}>
              <DayHead day={item.day} counted={item.counted} view={props.view} />
            </li>
          );
        }
        if (item?.kind !== "row") return null;
        const { recording } = item;
        return (
          <Card
            key={key}
            {...{ recording, words }}
            byDay={props.byDay}
            view={props.view}
            selected={recording.id === props.view.sel}
          />
        );
      })}
      <Room height={size - (shown.at(-1)?.end ?? 0)} />
    </ul>
  );
}

/** Words to mark in rows. */
function searched(view: View): string[] {
  const numbers = [view.number, view.local, view.remote].filter((part) => part !== undefined);
  return [...(view.q ?? "").split(/\s+/), ...numbers, view.tag ?? ""].filter(Boolean);
}

function Columns({ columns, byDay }: { columns: Column[]; byDay: boolean }) {
  return (
    <colgroup>
      <col className={css.before} />
      {columns.map((column) => (
        <col key={column} className={column === "started" && !byDay ? css.dated : css[column]} />
      ))}
    </colgroup>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  const cell = useHeight<HTMLTableCellElement>(height);
  if (height <= 0) return null;
  return (
    <tr className={css.spacer}>
      <td ref={cell} colSpan={columns} />
    </tr>
  );
}

function Room({ height }: { height: number }) {
  const item = useHeight<HTMLLIElement>(height);
  return height > 0 ? <li ref={item} role="presentation" /> : null;
}

/** Heights are set by script: the policy admits no style attributes. */
function useHeight<T extends HTMLElement>(height: number) {
  return (element: T | null) => element?.style.setProperty("height", `${height}px`);
}

const WAITING_ROWS = Array.from({ length: 14 }, (_, row) => `row ${row}`);

/** Grey bars as high as rows; the style sheet shows them only after a moment. */
function Waiting({ narrow }: { narrow: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={narrow ? css.waitingCards : css.waiting} role="status">
      <span className="unseen">{t("list.loading")}</span>
      {WAITING_ROWS.map((row) => (
        <div key={row} aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}

/** The width of the list in rem. */
function useWidth(scroller: React.RefObject<HTMLDivElement | null>, rem: number): number {
  const [width, setWidth] = useState(() => window.innerWidth / rem);
  useEffect(() => {
    if (!scroller.current) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) setWidth(entry.contentRect.width / rem);
    });
    watch.observe(scroller.current);
    return () => watch.disconnect();
  }, [scroller.current, rem]);
  return width;
}

/** Brings the selected row into sight, when another one is selected. */
function useScrollToSelected(
  selected: string | undefined,
  list: Item[],
  top: number,
  scrollTo: (index: number, options: { align: "auto" }) => void,
  scroller: React.RefObject<HTMLDivElement | null>,
) {
  const shown = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (!selected || shown.current === selected) return;
    const at = list.findIndex((item) => item.kind === "row" && item.recording.id === selected);
    if (at < 0) return;
    shown.current = selected;
    scrollTo(at - top, { align: "auto" });
    // The focus follows, unless somebody is somewhere else with it.
    requestAnimationFrame(() => {
      const focused = document.activeElement;
      const nowhere = !focused || focused === document.body || focused.id === "main";
      if (!nowhere && !scroller.current?.contains(focused)) return;
      const row = scroller.current?.querySelector<HTMLElement>("[aria-selected=true]");
      row?.focus({ preventScroll: true });
    });
  }, [selected, list, top, scrollTo, scroller]);
}
