/** What is shown where something did not come: what happened, what it means, what to do. */

import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { NoAnswer, Refused } from "../api/errors";
import { Button } from "../ui/button";
import { Empty, Notice } from "../ui/notice";

interface Props {
  error: unknown;
  retry: () => void;
  /** Whether it is all there is on the page. */
  page?: boolean;
  /** Whether nothing stands around it, not even the frame of the page. */
  bare?: boolean;
}

export function Trouble({ error, retry, bare = false, page = bare }: Props) {
  const { t } = useTranslation();
  const again = <Button onClick={retry}>{t("trouble.retry")}</Button>;
  const Frame = bare ? "main" : "div";
  if (error instanceof NoAnswer) {
    return (
      <Frame role={bare ? undefined : "alert"}>
        <Empty page={page} icon="again" title={t("trouble.lost")} actions={again}>
          <p>{t("trouble.lostMore")}</p>
        </Empty>
      </Frame>
    );
  }
  const refused = error instanceof Refused ? error : undefined;
  const forbidden = refused?.status === 403;
  return (
    <Frame role={bare ? undefined : "alert"}>
      <Empty
        page={page}
        icon={forbidden ? "hold" : "failed"}
        title={forbidden ? t("trouble.notAllowed") : t("trouble.fault")}
        actions={again}
      >
        {refused?.detail && <p lang="en">{refused.detail}</p>}
        {refused?.reference && <p>{t("trouble.reference", { reference: refused.reference })}</p>}
      </Empty>
    </Frame>
  );
}

/** The same in one line, for dialogs and forms. */
export function TroubleLine({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (error instanceof NoAnswer) return <Notice kind="error" fact={t("trouble.lost")} />;
  const refused = error instanceof Refused ? error : undefined;
  const reference = refused?.reference;
  return (
    <Notice kind="error" fact={t("trouble.fault")}>
      {refused?.detail && <span lang="en">{refused.detail}</span>}{" "}
      {reference && t("trouble.reference", { reference })}
    </Notice>
  );
}

export function NoPage() {
  const { t } = useTranslation();
  return (
    <main>
      <Empty
        page
        icon="search"
        title={t("trouble.page")}
        actions={<Link to="/recordings">{t("trouble.toRecordings")}</Link>}
      />
    </main>
  );
}
