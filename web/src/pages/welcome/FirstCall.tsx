/** The last step: a test call, and the first recording once it is there. */

import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/client";
import { placeTestCall } from "../../api/clients";
import { noticeExpired } from "../../api/session";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/notice";
import { Refusal } from "../../ui/refusal";
import { PlayCell } from "../recordings/cells";
import css from "./Welcome.module.css";

export function TestCall() {
  const { t } = useTranslation();
  const call = useMutation({
    mutationFn: () => placeTestCall({ local: null, seconds: 5 }),
    onError: noticeExpired,
  });
  return (
    <div className={css.test}>
      <Button look="primary" busy={call.isPending} onClick={() => call.mutate()}>
        <Icon name="phone" />
        {t(call.isPending ? "welcome.testing" : "welcome.test")}
      </Button>
      <Refusal error={call.error} />
      {call.data && !call.data.answered && (
        <Notice kind="warn" fact={t("welcome.notAnswered")}>
          <span lang="en">{call.data.detail}</span>
        </Notice>
      )}
    </div>
  );
}

export function FirstRecording({ of }: { of: Summary }) {
  const { t } = useTranslation();
  return (
    <div className={css.first}>
      <PlayCell of={of} large />
      <Link to="/recordings/$id" params={{ id: of.id }} search={{}} className={css.link}>
        {t("welcome.listen")}
      </Link>
    </div>
  );
}
