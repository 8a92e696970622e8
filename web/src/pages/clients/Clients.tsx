/** Clients. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Clients() {
  const { t } = useTranslation();
  return <Page title={t("clients.title")}>{null}</Page>;
}
