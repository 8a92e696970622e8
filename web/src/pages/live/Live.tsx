/** Live. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Live() {
  const { t } = useTranslation();
  return <Page title={t("live.title")}>{null}</Page>;
}
