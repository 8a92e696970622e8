/** Why there is no sound. */

import { useTranslation } from "react-i18next";
import { Refused } from "../api/errors";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import * as engine from "./engine";

export function SoundTrouble({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <Notice
      kind="error"
      fact={t("player.trouble")}
      action={
        <Button small onClick={() => void engine.play()}>
          {t("trouble.retry")}
        </Button>
      }
    >
      {error instanceof Refused ? (
        <span lang="en">{error.detail}</span>
      ) : (
        <span>{t("trouble.lost")}</span>
      )}
    </Notice>
  );
}
