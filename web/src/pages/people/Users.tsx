/** Users. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Users() {
  const { t } = useTranslation();
  return <Page title={t("people.title")}>{null}</Page>;
}
