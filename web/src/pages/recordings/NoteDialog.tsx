/** Writing the note of a recording without leaving the list. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answered, api, type Recording, type Summary } from "../../api/client";
import { recordingDetail } from "../../api/recording";
import { remoteParty } from "../../lib/text";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { toast } from "../../ui/toast";
import { Trouble, TroubleLine } from "../Trouble";
import { useRefresh } from "./changes";

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
  const before = of.note?.text ?? "";
  const [text, setText] = useState(before);
  const refresh = useRefresh();
  const write = (note: string) => {
    const params = { path: { id: of.id } };
    const body = { note: note === "" ? null : note };
    return answered(api.PATCH("/api/v1/recordings/{id}", { params, body }));
  };
  const save = useMutation({
    mutationFn: () => write(text.trim()),
    onSuccess: () => {
      void refresh();
      close();
      toast(t("bulk.noteSaved"), () => {
        void write(before).then(() => {
          void refresh();
          toast(t("bulk.undone"));
        }, refresh);
      });
    },
  });
  return (
    <Dialog
      open
      close={close}
      title={t("bulk.noteTitle")}
      action={t("bulk.noteSave")}
      busy={save.isPending}
      refused={of.allowed.includes("annotate") ? undefined : t("bulk.noteRefused")}
      trouble={save.isError && <TroubleLine error={save.error} />}
      submit={() => save.mutate()}
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
