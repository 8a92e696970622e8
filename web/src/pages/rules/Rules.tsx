/** Rules. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Rules() {
  const { t } = useTranslation();
  return <Page title={t("rules.title")}>{null}</Page>;
}
