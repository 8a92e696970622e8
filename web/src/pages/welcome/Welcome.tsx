/** Welcome. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Welcome() {
  const { t } = useTranslation();
  return <Page title={t("welcome.title")}>{null}</Page>;
}
