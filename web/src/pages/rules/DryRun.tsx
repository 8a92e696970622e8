/** Trying the rules on a call that is made up. Nothing is changed by it. */

import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { tryRules } from "../../api/rules";
import { Button } from "../../ui/button";
import { Field, Select } from "../../ui/field";
import { Notice } from "../../ui/notice";
import { Card } from "../../ui/page";
import { Refusal } from "../../ui/refusal";
import css from "./rules.module.css";

export function DryRun() {
  const { t } = useTranslation();
  const ask = useMutation({ mutationFn: tryRules });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(read(new FormData(event.currentTarget)));
  };
  return (
    <div className={css.try}>
      <Card title={t("rules.try")}>
        <form onSubmit={submit} className={css.call}>
          <Field label={t("rules.ours")} name="local" required />
          <Field label={t("rules.theirs")} name="remote" />
          <Select label={t("rules.directionOf")} name="direction" defaultValue="incoming">
            {(["incoming", "outgoing", "unknown"] as const).map((direction) => (
              <option key={direction} value={direction}>
                {t(`rules.direction.${direction}`)}
              </option>
            ))}
          </Select>
          <Field label={t("rules.client")} name="client" />
          <Field label={t("rules.start")} name="at" type="datetime-local" />
          <Button submit busy={ask.isPending}>
            {t("rules.ask")}
          </Button>
        </form>
        <div className={css.verdict} aria-live="polite">
          <Refusal error={ask.error} />
          {ask.data && <Said verdict={ask.data} />}
        </div>
      </Card>
    </div>
  );
}

function read(form: FormData): Schemas["DryRun"] {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const parties = [
    { address: text("local"), local: true },
    { address: text("remote"), local: false },
  ];
  const at = text("at");
  return {
    parties: text("direction") === "outgoing" ? parties : parties.reverse(),
    direction: text("direction") as Schemas["Direction"],
    ...(text("client") ? { client: text("client") } : {}),
    ...(at ? { at: new Date(at).toISOString() } : {}),
  };
}

function Said({ verdict }: { verdict: Schemas["Verdict"] }) {
  const { t } = useTranslation();
  return (
    <>
      <Notice kind="ok" fact={t(`rules.verdict.${verdict.mode}`)}>
        {verdict.rule ? t("rules.because", { name: verdict.rule.name }) : t("rules.noRule")}
      </Notice>
      <ol className={css.why} lang="en">
        {verdict.why.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
    </>
  );
}
