/** Audit. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Audit() {
  const { t } = useTranslation();
  return <Page title={t("audit.title")}>{null}</Page>;
}
