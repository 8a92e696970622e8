/** Bearer tokens of programs: shown once, limited, revoked. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { users } from "../../api/people";
import { useMe } from "../../api/session";
import { addToken, revokeToken, type Token, tokens } from "../../api/tokens";
import { write } from "../../lib/time";
import { Button } from "../../ui/button";
import { Dialog, Frame } from "../../ui/dialog";
import { Field, Select } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { Empty } from "../../ui/notice";
import { Page } from "../../ui/page";
import { Pill } from "../../ui/pill";
import { Refusal } from "../../ui/refusal";
import { Secret } from "../../ui/secret";
import table from "../../ui/table.module.css";
import { Trouble } from "../Trouble";
import css from "./tokens.module.css";

const SCOPES = ["read", "listen", "write", "live", "admin"] as const;
const DAYS = [30, 90, 365] as const;
const DAY_MS = 86_400_000;

export function Tokens() {
  const { t } = useTranslation();
  const { may } = useMe();
  const everybody = may.includes("managePeople");
  const list = useQuery(tokens(everybody));
  const [adding, add] = useState(false);
  const [revoking, revoke] = useState<Token>();
  return (
    <Page
      title={t("tokens.title")}
      wide
      tools={
        <Button look="primary" onClick={() => add(true)}>
          <Icon name="plus" />
          {t("tokens.add")}
        </Button>
      }
    >
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Empty icon="token" title={t("tokens.none")}>
          <p>{t("tokens.noneMore")}</p>
        </Empty>
      )}
      {list.data && list.data.length > 0 && <Rows tokens={list.data} revoke={revoke} />}
      {adding && <Add everybody={everybody} close={() => add(false)} />}
      {revoking && <Revoke token={revoking} close={() => revoke(undefined)} />}
    </Page>
  );
}

function Rows({ tokens, revoke }: { tokens: Token[]; revoke: (token: Token) => void }) {
  const { t, i18n } = useTranslation();
  const when = (instant: string | null | undefined) =>
    instant ? write(instant, "dayTime", i18n.language) : t("app.never");
  return (
    <div className={table.around}>
      <table className={table.table}>
        <caption className="unseen">{t("tokens.title")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("tokens.name")}</th>
            <th scope="col" className={table.extra}>
              {t("tokens.scopes")}
            </th>
            <th scope="col" className={table.extra}>
              {t("tokens.lastUsed")}
            </th>
            <th scope="col">{t("tokens.expires")}</th>
            <th scope="col">
              <span className="unseen">{t("tokens.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <td>
                <b>{token.name}</b>
                <small className={table.more}>
                  {token.username} · <span className="mono">{token.prefix}…</span>
                </small>
              </td>
              <td className={table.extra}>
                {token.scopes.length > 0
                  ? token.scopes
                      .map((scope) => t(`tokens.scope.${scope as Schemas["Scope"]}`))
                      .join(", ")
                  : t("tokens.all")}
              </td>
              <td className={table.extra}>{when(token.lastUsedAt)}</td>
              <td>
                {token.expiresAt && Date.parse(token.expiresAt) < Date.now() ? (
                  <Pill kind="warn" icon="length">
                    {t("tokens.expired")}
                  </Pill>
                ) : (
                  when(token.expiresAt)
                )}
              </td>
              <td className={table.actions}>
                <Button small look="danger" onClick={() => revoke(token)}>
                  {t("tokens.revoke")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Add({ everybody, close }: { everybody: boolean; close: () => void }) {
  const { t } = useTranslation();
  const { user } = useMe();
  const client = useQueryClient();
  const people = useQuery({ ...users, enabled: everybody });
  const add = useMutation({
    mutationFn: (form: FormData) => addToken(read(form)),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["tokens"] }),
  });
  if (add.data?.token) {
    return (
      <Frame open close={close} title={t("tokens.made", { name: add.data.details.name })}>
        <Secret
          secret={add.data.token}
          label={t("tokens.token")}
          hint={t("tokens.once")}
          close={close}
        />
      </Frame>
    );
  }
  return (
    <Dialog
      open
      close={close}
      title={t("tokens.add")}
      action={t("tokens.make")}
      busy={add.isPending}
      trouble={<Refusal error={add.error} />}
      submit={(form) => add.mutate(form)}
    >
      <Field
        label={t("tokens.name")}
        name="name"
        hint={t("tokens.nameHint")}
        required
        maxLength={100}
      />
      {everybody && (
        <Select label={t("tokens.of")} name="username" defaultValue={user.username}>
          {(people.data ?? [user]).map(({ username }) => (
            <option key={username}>{username}</option>
          ))}
        </Select>
      )}
      <Select label={t("tokens.expires")} name="days" defaultValue="90">
        {DAYS.map((days) => (
          <option key={days} value={days}>
            {t("tokens.inDays", { count: days })}
          </option>
        ))}
        <option value="">{t("app.never")}</option>
      </Select>
      <fieldset className={css.scopes}>
        <legend>{t("tokens.scopes")}</legend>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input
              type="checkbox"
              name="scopes"
              value={scope}
              defaultChecked={scope === "read" || scope === "listen"}
            />
            {t(`tokens.scope.${scope}`)}
          </label>
        ))}
        <p>{t("tokens.scopesHint")}</p>
      </fieldset>
    </Dialog>
  );
}

function read(form: FormData): Schemas["NewToken"] {
  const days = Number(form.get("days"));
  const username = form.get("username");
  return {
    name: String(form.get("name")).trim(),
    scopes: form.getAll("scopes") as Schemas["Scope"][],
    ...(typeof username === "string" ? { username } : {}),
    ...(days > 0 ? { expiresAt: new Date(Date.now() + days * DAY_MS).toISOString() } : {}),
  };
}

function Revoke({ token, close }: { token: Token; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeToken(token.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["tokens"] });
      close();
    },
  });
  return (
    <Dialog
      open
      close={close}
      title={t("tokens.revokeTitle", { name: token.name })}
      action={t("tokens.revoke")}
      danger
      busy={revoke.isPending}
      trouble={<Refusal error={revoke.error} />}
      submit={() => revoke.mutate()}
    >
      <p>{t("tokens.revokeMore")}</p>
    </Dialog>
  );
}
