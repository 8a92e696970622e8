/** The entries, newest first: only those in sight are there, more come as one scrolls. */

import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { AuditRow } from "../../api/audit";
import type { AuditView } from "../../lib/auditView";
import { dayName } from "../../lib/dayName";
import { dayOf, write } from "../../lib/time";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { iconOf } from "./actions";
import { shortSeal } from "./Chain";
import { actionName } from "./Filters";
import css from "./Table.module.css";

interface Props {
  rows: AuditRow[];
  total: number | undefined;
  view: AuditView;
  apply: (view: AuditView) => void;
  busy: boolean;
  more: boolean;
  loadMore: () => void;
  failed: (() => void) | undefined;
}

type Item = { day: string } | { row: AuditRow; index: number };

const ROW_REM = 2.25;
const SCREENS_AHEAD = 2;

function items(rows: AuditRow[]): Item[] {
  const list: Item[] = [];
  let day = "";
  for (const [index, row] of rows.entries()) {
    const own = dayOf(new Date(row.at));
    if (own !== day) list.push({ day: own });
    day = own;
    list.push({ row, index });
  }
  return list;
}

export function Table({ rows, total, view, apply, busy, more, loadMore, failed }: Props) {
  const { t, i18n } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useMemo(() => items(rows), [rows]);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const virtual = useVirtualizer({
    count: list.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_REM * rem,
    overscan: 12,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1);
  const ahead = (scroller.current?.clientHeight ?? 0) * SCREENS_AHEAD;
  const near = !!last && virtual.getTotalSize() - last.end < ahead;
  useEffect(() => {
    if (near && more) loadMore();
  }, [near, more, loadMore]);
  if (busy) return <p className={css.waiting}>{t("audit.loading")}</p>;
  const oldest = view.sort === "when";
  const { sort: _, ...filters } = view;
  return (
    // Long lists are scrolled with the keys too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section ref={scroller} className={css.scroller} tabIndex={0} aria-label={t("audit.title")}>
      <table className={css.table} aria-rowcount={(total ?? -2) + 1}>
        <caption className="unseen">
          {t("audit.caption", { order: t(oldest ? "audit.oldest" : "audit.newest") })}
        </caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" aria-sort={oldest ? "ascending" : "descending"}>
              <button
                type="button"
                onClick={() => apply(oldest ? filters : { ...view, sort: "when" })}
              >
                {t("audit.when")}
                <Icon name={oldest ? "up" : "down"} small />
              </button>
            </th>
            <th scope="col">{t("audit.who")}</th>
            <th scope="col">{t("audit.what")}</th>
            <th scope="col">{t("audit.details")}</th>
            <th scope="col">{t("audit.address")}</th>
            <th scope="col">{t("audit.seal")}</th>
          </tr>
        </thead>
        <tbody>
          <Spacer height={shown[0]?.start ?? 0} />
          {shown.map(({ index, key }) => {
            const item = list[index];
            if (!item) return null;
            const measured = { ref: virtual.measureElement, "data-index": index };
            if ("day" in item) {
              return (
                <tr key={key} {...measured} className={css.day}>
                  <th colSpan={6} scope="rowgroup">
                    {dayName(item.day, t, i18n.language)}
                  </th>
                </tr>
              );
            }
            return (
              <tr key={key} {...measured} aria-rowindex={item.index + 2} className={css.row}>
                <Cells row={item.row} />
              </tr>
            );
          })}
          <Spacer height={virtual.getTotalSize() - (last?.end ?? 0)} />
        </tbody>
      </table>
      {failed && (
        <div className={css.failed}>
          {t("trouble.lost")}
          <Button small onClick={failed}>
            {t("trouble.retry")}
          </Button>
        </div>
      )}
    </section>
  );
}

function Cells({ row }: { row: AuditRow }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <td className={`${css.when} figures`} title={write(row.at, "full", i18n.language)}>
        {write(row.at, "time", i18n.language)}
      </td>
      <td className={row.who ? css.who : css.system}>{row.who || t("audit.nobody")}</td>
      <td className={css.what} data-outcome={row.outcome}>
        <Icon name={row.outcome === "done" ? iconOf(row.action) : "failed"} />
        <span>
          {actionName(row.action, t)}
          {row.outcome !== "done" && row.action !== "SignInFailed" && (
            <span className={css.outcome}>{t(`audit.${row.outcome}`)}</span>
          )}
        </span>
      </td>
      <td className={css.details}>
        {row.recording && (
          <Link to="/recordings/$id" params={{ id: row.recording }} title={row.recording}>
            {t("audit.recordingLink", { id: shortId(row.recording) })}
          </Link>
        )}
        {row.recording && row.details && " · "}
        {row.details}
      </td>
      <td className={css.address}>{row.address || t("audit.nowhere")}</td>
      <td className={`${css.seal} mono`} title={row.hash}>
        {shortSeal(row.hash)}
      </td>
    </>
  );
}

/** The end of an id: ids of one day begin alike. */
function shortId(id: string): string {
  return `…${id.slice(-12)}`;
}

function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr className={css.spacer}>
      {/* Heights are set by script: the policy admits no style attributes. */}
      <td colSpan={6} ref={(cell) => cell?.style.setProperty("height", `${height}px`)} />
    </tr>
  );
}
