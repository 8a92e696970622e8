/** The page of somebody whose rights do not cover it. */

import { useTranslation } from "react-i18next";
import { Empty } from "./notice";
import { Page } from "./page";

export function NotYours({ title }: { title: string }) {
  const { t } = useTranslation();
  return (
    <Page title={title}>
      <Empty icon="hold" title={t("trouble.notAllowed")}>
        <p>{t("app.needsComplete")}</p>
      </Empty>
    </Page>
  );
}
