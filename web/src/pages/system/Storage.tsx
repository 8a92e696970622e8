/** Storage. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Storage() {
  const { t } = useTranslation();
  return <Page title={t("system.title")}>{null}</Page>;
}
