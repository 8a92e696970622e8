/** Writing the note of a recording without leaving the list. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Recording, Summary } from "../../api/client";
import { NoteChanged, recordingDetail, writeNote } from "../../api/recording";
import { remoteParty } from "../../lib/text";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { toast } from "../../ui/toast";
import { Trouble, TroubleLine } from "../Trouble";
import { useRefresh } from "./changes";
import { NoteConflict } from "./NoteConflict";

export function NoteDialog({ of, close }: { of: Summary; close: () => void }) {
  const { t } = useTranslation();
  // The list knows only its beginning.
  const detail = useQuery({ ...recordingDetail(of.id), staleTime: 0 });
  if (detail.isError) {
    return (
      <Dialog open close={close} title={t("bulk.noteTitle")} action={undefined} submit={close}>
        <Trouble error={detail.error} retry={() => void detail.refetch()} />
      </Dialog>
    );
  }
  if (!detail.data || detail.isFetching) return null;
  return <Form of={detail.data} summary={of} close={close} />;
}

interface FormProps {
  of: Recording;
  summary: Summary;
  close: () => void;
}

function Form({ of, summary, close }: FormProps) {
  const { t } = useTranslation();
  // As it was when the writing began: what comes meanwhile is not what one has read.
  const [base] = useState(of);
  const [text, setText] = useState(base.note?.text ?? "");
  const refresh = useRefresh();
  const save = useMutation({
    mutationFn: (on: Recording) => writeNote(on, text.trim() || null),
    onSuccess: (saved, on) => {
      void refresh();
      close();
      toast(t("bulk.noteSaved"), () => {
        void writeNote(saved, on.note?.text ?? null)
          .then(() => toast(t("bulk.undone")))
          .catch((error) => error instanceof NoteChanged && toast(t("detail.conflict")))
          .finally(refresh);
      });
    },
  });
  const conflict = save.error instanceof NoteChanged ? save.error.now : undefined;
  return (
    <Dialog
      open
      close={close}
      title={t("bulk.noteTitle")}
      action={t(conflict ? "detail.overwrite" : "bulk.noteSave")}
      cancel={conflict && t("detail.takeTheirs")}
      busy={save.isPending}
      refused={base.allowed.includes("annotate") ? undefined : t("bulk.noteRefused")}
      trouble={
        <div role="alert">
          {conflict && <NoteConflict now={conflict} />}
          {save.isError && !conflict && <TroubleLine error={save.error} />}
        </div>
      }
      submit={() => save.mutate(conflict ?? base)}
    >
      <TextField
        label={t("bulk.noteField", { who: remoteParty(summary, t("list.withheld")).name })}
        hint={t("bulk.noteHint")}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </Dialog>
  );
}
