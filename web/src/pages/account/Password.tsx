/** Changing one's own password. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { isRefused } from "../../api/errors";
import { changePassword, me, PASSWORD_MIN } from "../../api/session";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Card } from "../../ui/page";
import { toast } from "../../ui/toast";
import { TroubleLine } from "../Trouble";
import css from "./Account.module.css";

export function Password() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      setTried(false);
      toast(t("account.changed"));
      void client.invalidateQueries(me);
    },
  });
  const short = [...next].length < PASSWORD_MIN;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!short && !change.isPending) change.mutate();
  };
  // Its length has been looked at before: the current one is all that can be wrong.
  const wrong = isRefused(change.error, 400);
  return (
    <Card title={t("account.password")}>
      <form className={css.body} onSubmit={submit}>
        <Field
          label={t("account.current")}
          type="password"
          autoComplete="current-password"
          required
          value={current}
          wrong={wrong && t("account.wrong")}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <Field
          label={t("account.next")}
          hint={t("account.nextHint", { least: PASSWORD_MIN })}
          wrong={tried && short && t("account.short", { least: PASSWORD_MIN })}
          type="password"
          autoComplete="new-password"
          required
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
        {change.isError && !wrong && <TroubleLine error={change.error} />}
        <div>
          <Button submit busy={change.isPending}>
            {t("account.change")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
