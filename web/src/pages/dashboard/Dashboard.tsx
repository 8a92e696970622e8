/** Dashboard. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Dashboard() {
  const { t } = useTranslation();
  return <Page title={t("dashboard.title")}>{null}</Page>;
}
