/** What somebody else did to a note while one wrote another. */

import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { Notice } from "../../ui/notice";
import { nameOf } from "./who";

export function NoteConflict({ now: { note } }: { now: Recording }) {
  const { t } = useTranslation();
  return (
    <Notice kind="warn" fact={t("detail.conflict")}>
      {note
        ? t("detail.conflictNow", { who: nameOf(note.editedBy), text: note.text })
        : t("detail.conflictNone")}
    </Notice>
  );
}
