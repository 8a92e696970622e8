/** Why something was not done, as the server says it: beneath a form, or in a dialog. */

import { useTranslation } from "react-i18next";
import { NoAnswer, Refused } from "../api/errors";
import { Notice } from "./notice";

export function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!error) return null;
  if (error instanceof NoAnswer || !(error instanceof Refused)) {
    return <Notice kind="error" fact={t("trouble.lost")} />;
  }
  return (
    <Notice kind="error" fact={t("trouble.notDone")}>
      <span lang="en">{error.detail}</span>
    </Notice>
  );
}
