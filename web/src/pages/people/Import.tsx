/** Bringing in users from a table: first what it would do, line by line, then doing it. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Refused } from "../../api/errors";
import { importUsers, type User } from "../../api/people";
import { levelName } from "../../lib/people";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/notice";
import { Pill } from "../../ui/pill";
import { Refusal } from "../../ui/refusal";
import tables from "../../ui/table.module.css";
import { toast } from "../../ui/toast";
import css from "./people.module.css";
import { type Cell, COLUMNS, compare, type Line } from "./table";

interface Props {
  open: boolean;
  close: () => void;
  users: User[];
}

/** Lines shown: the rest is only counted. */
const LINES_SHOWN = 200;

interface Picked {
  name: string;
  text: string;
}

export function Import({ open, close, users }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [picked, pick] = useState<Picked>();
  const check = useMutation({ mutationFn: (table: string) => importUsers(table, true) });
  const take = useMutation({
    mutationFn: (table: string) => importUsers(table, false),
    onSuccess: (done) => {
      void client.invalidateQueries({ queryKey: ["users"] });
      void client.invalidateQueries({ queryKey: ["groups"] });
      toast(t("people.imported", { added: done.added, changed: done.changed }));
      leave();
    },
  });
  const leave = () => {
    pick(undefined);
    check.reset();
    take.reset();
    close();
  };
  const read = async (file: File | undefined) => {
    if (!file) return;
    const text = await file.text();
    pick({ name: file.name, text });
    take.reset();
    check.mutate(text);
  };
  const count = (check.data?.added ?? 0) + (check.data?.changed ?? 0);
  return (
    <Dialog
      open={open}
      close={leave}
      wide
      title={picked ? t("people.importOf", { file: picked.name }) : t("people.import")}
      action={t("people.importNow", { count })}
      busy={take.isPending || check.isPending}
      refused={check.isSuccess ? undefined : t("people.importFirst")}
      trouble={<Refusal error={take.error} />}
      submit={() => picked && take.mutate(picked.text)}
    >
      <label className={css.pick}>
        <Icon name="up" />
        <span>{picked ? t("people.pickOther") : t("people.pick")}</span>
        <input
          type="file"
          accept=".csv,text/csv"
          className="unseen"
          onChange={(event) => {
            void read(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </label>
      <p className={css.hint}>{t("people.importHint")}</p>
      <Wrong error={check.error} />
      {picked && check.data && (
        <Preview text={picked.text} users={users} groups={check.data.groups} />
      )}
    </Dialog>
  );
}

function Wrong({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!(error instanceof Refused) || error.rows.length === 0) return <Refusal error={error} />;
  return (
    <>
      <Notice kind="error" fact={t("people.wrongLines", { count: error.rows.length })}>
        {t("people.wrongMore")}
      </Notice>
      <ul className={css.wrong} lang="en">
        {error.rows.map((row) => (
          <li key={row}>{row}</li>
        ))}
      </ul>
    </>
  );
}

function Preview({ text, users, groups }: { text: string; users: User[]; groups: string[] }) {
  const { t } = useTranslation();
  const lines = compare(text, users, (level) => levelName(level, t));
  const counted = (kind: Line["kind"]) => lines.filter((line) => line.kind === kind).length;
  const changes = lines.filter((line) => line.kind !== "same");
  return (
    <>
      <p className={css.counts}>
        {(["same", "new", "changed"] as const).map((kind) => (
          <span key={kind}>
            <b className="figures">{counted(kind)}</b> {t(`people.${kind}`)}
          </span>
        ))}
      </p>
      {groups.length > 0 && (
        <Notice kind="info" fact={t("people.newGroups", { count: groups.length })}>
          {groups.join(", ")}
        </Notice>
      )}
      {changes.length > 0 && <Changes lines={changes} />}
      <p className={css.hint}>{t("people.importRemoves")}</p>
    </>
  );
}

function Changes({ lines }: { lines: Line[] }) {
  const { t } = useTranslation();
  return (
    <div className={tables.around}>
      <table className={tables.table}>
        <caption className="unseen">{t("people.import")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("people.result")}</th>
            <th scope="col">{t("people.username")}</th>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {t(`people.column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, LINES_SHOWN).map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a file have no other name
            <tr key={index}>
              <td>
                {line.kind === "new" ? (
                  <Pill kind="ok" icon="plus">
                    {t("people.new")}
                  </Pill>
                ) : (
                  <Pill kind="warn" icon="again">
                    {t("people.changed")}
                  </Pill>
                )}
              </td>
              <td>
                <b>{line.username}</b>
              </td>
              {COLUMNS.map((column) => (
                <td key={column}>
                  <Difference cell={line.cells[column]} fresh={line.kind === "new"} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > LINES_SHOWN && (
        <p className={css.hint}>{t("people.moreLines", { count: lines.length - LINES_SHOWN })}</p>
      )}
    </div>
  );
}

function Difference({ cell, fresh }: { cell: Cell; fresh: boolean }) {
  if (fresh || cell.was === cell.is) return cell.is || "–";
  return (
    <span className={css.change}>
      {cell.was && <del>{cell.was}</del>} <ins>{cell.is || "–"}</ins>
    </span>
  );
}
