/** The note, with what it was before, and the tags. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { NoteChanged, noteHistory, writeNote } from "../../api/recording";
import { write } from "../../lib/time";
import { Button } from "../../ui/button";
import { Frame } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { useKeys } from "../../ui/keyboard";
import { Card } from "../../ui/page";
import { toast } from "../../ui/toast";
import { Trouble } from "../Trouble";
import css from "./Detail.module.css";
import { NoteConflict } from "./NoteConflict";
import { Tags } from "./Tags";
import { Wrong } from "./Wrong";
import { nameOf } from "./who";

export function NoteCard({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const [base, edit] = useState<Recording>();
  const [history, showHistory] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const refused = recording.allowed.includes("annotate") ? undefined : t("detail.mayNotAnnotate");
  useKeys(refused || base ? {} : { n: () => edit(recording) });
  const close = () => {
    edit(undefined);
    requestAnimationFrame(() => button.current?.focus());
  };
  return (
    <Card
      title={t("detail.note")}
      aside={
        <span className={css.tools}>
          <Button look="quiet" small onClick={() => showHistory(true)}>
            {t("detail.history")}
          </Button>
          {!base && (
            <Button ref={button} small refused={refused} onClick={() => edit(recording)}>
              {t("detail.edit")} <kbd>N</kbd>
            </Button>
          )}
        </span>
      }
    >
      <div className={css.inside}>
        {base ? (
          <Editor base={base} rebase={edit} close={close} />
        ) : (
          <Shown note={recording.note} />
        )}
        <Tags recording={recording} refused={refused} />
      </div>
      <Frame open={history} close={() => showHistory(false)} title={t("detail.historyTitle")}>
        <History recording={recording} />
      </Frame>
    </Card>
  );
}

function Shown({ note }: { note: Recording["note"] | undefined }) {
  const { t } = useTranslation();
  if (!note) return <p className={css.faint}>{t("detail.noNote")}</p>;
  return (
    <>
      <p className={css.note}>{note.text}</p>
      <p className={css.small}>{t("detail.noteBy", { who: nameOf(note.editedBy) })}</p>
    </>
  );
}

interface EditorProps {
  /** The recording as it was when the writing began. */
  base: Recording;
  rebase: (on: Recording) => void;
  close: () => void;
}

function Editor({ base, rebase, close }: EditorProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(base.note?.text ?? "");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const end = field.current?.value.length ?? 0;
    field.current?.focus();
    field.current?.setSelectionRange(end, end);
  }, []);
  const save = useMutation({
    mutationFn: (on: Recording) => writeNote(on, text.trim() === "" ? null : text),
    onSuccess: () => {
      toast(t("detail.noteSaved"));
      close();
    },
  });
  const conflict = save.error instanceof NoteChanged ? save.error.now : undefined;
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save.mutate(base);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const overwrite = () => {
    if (!conflict) return;
    rebase(conflict);
    save.mutate(conflict);
  };
  return (
    <form
      className={css.editor}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(base);
      }}
    >
      <TextField
        ref={field}
        label={t("detail.note")}
        hint={t("detail.noteKeys")}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keyed}
      />
      {conflict ? (
        <div role="alert" className={css.conflict}>
          <NoteConflict now={conflict} />
          <div className={css.buttons}>
            <Button busy={save.isPending} onClick={overwrite}>
              {t("detail.overwrite")}
            </Button>
            <Button onClick={close}>{t("detail.takeTheirs")}</Button>
          </div>
        </div>
      ) : (
        <>
          <Wrong error={save.error} />
          <div className={css.buttons}>
            <Button look="primary" submit busy={save.isPending}>
              {t("detail.save")}
            </Button>
            <Button onClick={close}>{t("app.cancel")}</Button>
          </div>
        </>
      )}
    </form>
  );
}

/** Newest first: what stands now, and what stood before. */
function History({ recording }: { recording: Recording }) {
  const { t, i18n } = useTranslation();
  const history = useQuery(noteHistory(recording.id));
  if (history.isError) {
    return <Trouble error={history.error} retry={() => void history.refetch()} />;
  }
  if (!history.data) return null;
  const versions = [...history.data.items].reverse();
  if (versions.length === 0) return <p className={css.faint}>{t("detail.noHistory")}</p>;
  return (
    <ol className={css.history}>
      {versions.map((version) => (
        <li key={version.editedAt}>
          <p className={css.small}>
            {nameOf(version.editedBy)} · {write(version.editedAt, "full", i18n.language)}
          </p>
          {version.text === null || version.text === undefined ? (
            <p className={css.faint}>{t("detail.noteTaken")}</p>
          ) : (
            <p className={css.note}>{version.text}</p>
          )}
        </li>
      ))}
    </ol>
  );
}
