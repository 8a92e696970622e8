/** Which columns the list shows, and in which order. */

import { useId } from "react";
import { useTranslation } from "react-i18next";
import { usePrefer } from "../../api/preferences";
import { Button } from "../../ui/button";
import { Frame } from "../../ui/dialog";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/notice";
import css from "./ColumnsDialog.module.css";
import { COLUMNS, type Column, moved, NEEDED } from "./columns";
import { columnName } from "./Head";

interface Props {
  open: boolean;
  close: () => void;
  columns: Column[];
}

export function ColumnsDialog({ open, close, columns }: Props) {
  const { t } = useTranslation();
  const prefer = usePrefer();
  const put = (chosen: Column[]) => prefer.mutate({ columns: chosen });
  const rest = COLUMNS.filter((column) => !columns.includes(column));
  return (
    <Frame open={open} close={close} title={t("list.columns")}>
      <p className={css.hint}>{t("list.columnsHint")}</p>
      <ul className={css.list}>
        {columns.map((column, index) => (
          <li key={column}>
            <Ticked
              column={column}
              refused={column === NEEDED ? t("list.columnNeeded") : undefined}
              change={() => put(columns.filter((one) => one !== column))}
              on
            />
            {([-1, 1] as const).map((by) => (
              <Button
                key={by}
                look="quiet"
                icon
                small
                aria-label={t(by < 0 ? "list.columnUp" : "list.columnDown", {
                  column: columnName(column, t),
                })}
                refused={columns[index + by] === undefined ? t("list.edge") : undefined}
                onClick={() => put(moved(columns, column, by))}
              >
                <Icon name={by < 0 ? "up" : "down"} />
              </Button>
            ))}
          </li>
        ))}
        {rest.map((column) => (
          <li key={column}>
            <Ticked column={column} change={() => put([...columns, column])} />
          </li>
        ))}
      </ul>
      {prefer.isError && <Notice kind="error" fact={t("list.notKept")} />}
      <div className={css.foot}>
        <Button look="quiet" onClick={() => put([])}>
          {t("list.columnsReset")}
        </Button>
        <Button onClick={close}>{t("app.close")}</Button>
      </div>
    </Frame>
  );
}

interface TickedProps {
  column: Column;
  on?: boolean;
  refused?: string | undefined;
  change: () => void;
}

function Ticked({ column, on = false, refused, change }: TickedProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <label htmlFor={id} title={refused}>
      <input
        id={id}
        type="checkbox"
        checked={on}
        aria-disabled={refused ? true : undefined}
        aria-description={refused}
        onChange={() => !refused && change()}
      />
      {columnName(column, t)}
    </label>
  );
}
