/** Why a change did not happen, beside what was to be changed. */

import { useTranslation } from "react-i18next";
import { Refused } from "../../api/errors";
import { Notice } from "../../ui/notice";

export function Wrong({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!error) return null;
  const refused = error instanceof Refused;
  return (
    <Notice kind="error" fact={t(refused ? "trouble.fault" : "trouble.lost")}>
      {refused && <span lang="en">{error.detail}</span>}
    </Notice>
  );
}
