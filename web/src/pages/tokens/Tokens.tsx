/** Tokens. */

import { useTranslation } from "react-i18next";
import { Page } from "../../ui/page";

export function Tokens() {
  const { t } = useTranslation();
  return <Page title={t("tokens.title")}>{null}</Page>;
}
