/** Recording rules: the first that matches says how a call is recorded. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Rule, removeRule, rules, saveRule } from "../../api/rules";
import { useMe } from "../../api/session";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icons";
import { NotYours } from "../../ui/NotYours";
import { Empty } from "../../ui/notice";
import { Page } from "../../ui/page";
import { Refusal } from "../../ui/refusal";
import table from "../../ui/table.module.css";
import { Trouble } from "../Trouble";
import { DryRun } from "./DryRun";
import { RuleDialog } from "./RuleDialog";
import { useWhen } from "./words";

export function Rules() {
  const { t } = useTranslation();
  const { may } = useMe();
  const allowed = may.includes("manageRules");
  const list = useQuery({ ...rules, enabled: allowed });
  const [changing, change] = useState<Rule | "new">();
  const [removing, remove] = useState<Rule>();
  if (!allowed) return <NotYours title={t("rules.title")} />;
  return (
    <Page
      title={t("rules.title")}
      wide
      tools={
        <Button look="primary" onClick={() => change("new")}>
          <Icon name="plus" />
          {t("rules.add")}
        </Button>
      }
    >
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && (
        <>
          {list.data.length === 0 ? (
            <Empty icon="rules" title={t("rules.none")}>
              <p>{t("rules.noneMore")}</p>
            </Empty>
          ) : (
            <Rows rules={list.data} change={change} remove={remove} />
          )}
          <DryRun />
        </>
      )}
      {changing && (
        <RuleDialog
          rule={changing === "new" ? undefined : changing}
          close={() => change(undefined)}
        />
      )}
      {removing && <Remove rule={removing} close={() => remove(undefined)} />}
    </Page>
  );
}

interface RowsProps {
  rules: Rule[];
  change: (rule: Rule) => void;
  remove: (rule: Rule) => void;
}

function Rows({ rules, change, remove }: RowsProps) {
  const { t } = useTranslation();
  return (
    <div className={table.around}>
      <table className={table.table}>
        <caption className="unseen">{t("rules.title")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("rules.name")}</th>
            <th scope="col" className={table.extra}>
              {t("rules.when")}
            </th>
            <th scope="col">{t("rules.result")}</th>
            <th scope="col">
              <span className="unseen">{t("rules.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule, index) => (
            <tr key={rule.id}>
              <td>
                <b>
                  <span className="figures">{rule.position}.</span> {rule.name}
                </b>
              </td>
              <td className={table.extra}>
                <When rule={rule} />
              </td>
              <td>
                {t(`rules.mode.${rule.mode}`)}
                {rule.mode === "always" && rule.pause === "own" && (
                  <small className={table.more}>{t("rules.pauseOwn")}</small>
                )}
              </td>
              <td className={table.actions}>
                <Up rule={rule} first={index === 0} />
                <Button small onClick={() => change(rule)}>
                  {t("rules.change")}
                </Button>
                <Button small look="danger" onClick={() => remove(rule)}>
                  {t("rules.remove")}
                </Button>
              </td>
            </tr>
          ))}
          <tr>
            <td>
              <b>{t("rules.otherwise")}</b>
            </td>
            <td className={table.extra}>{t("rules.anyCall")}</td>
            <td>{t("rules.mode.always")}</td>
            <td />
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function When({ rule }: { rule: Rule }) {
  const when = useWhen();
  return (
    <ul>
      {when(rule).map((condition) => (
        <li key={condition}>{condition}</li>
      ))}
    </ul>
  );
}

/** Moves a rule one place up. */
function Up({ rule, first }: { rule: Rule; first: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const move = useMutation({
    mutationFn: () => {
      const { id, position, ...same } = rule;
      return saveRule(id, { ...same, position: position - 1 });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
  return (
    <Button
      small
      icon
      aria-label={t("rules.up", { name: rule.name })}
      busy={move.isPending}
      refused={first ? t("rules.first") : undefined}
      onClick={() => move.mutate()}
    >
      <Icon name="up" />
    </Button>
  );
}

function Remove({ rule, close }: { rule: Rule; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeRule(rule.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["rules"] });
      close();
    },
  });
  return (
    <Dialog
      open
      close={close}
      title={t("rules.removeTitle", { name: rule.name })}
      action={t("rules.remove")}
      danger
      busy={remove.isPending}
      trouble={<Refusal error={remove.error} />}
      submit={() => remove.mutate()}
    >
      <p>{t("rules.removeMore")}</p>
    </Dialog>
  );
}
