/** Recording clients: the SBCs and PBXs that send calls, and a call to try it all. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Client, clients, placeTestCall } from "../../api/clients";
import { useMe } from "../../api/session";
import { number, write } from "../../lib/time";
import { Button } from "../../ui/button";
import { Frame } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { NotYours } from "../../ui/NotYours";
import { Empty, Notice } from "../../ui/notice";
import { Page } from "../../ui/page";
import { Pill } from "../../ui/pill";
import { Refusal } from "../../ui/refusal";
import table from "../../ui/table.module.css";
import { Trouble } from "../Trouble";
import css from "./clients.module.css";

export function Clients() {
  const { t } = useTranslation();
  const { may } = useMe();
  const allowed = may.includes("managePeople");
  const list = useQuery({ ...clients, enabled: allowed });
  const [trying, setTrying] = useState(false);
  if (!allowed) return <NotYours title={t("clients.title")} />;
  return (
    <Page
      title={t("clients.title")}
      wide
      tools={
        <Button look="primary" onClick={() => setTrying(true)}>
          <Icon name="phone" />
          {t("clients.place")}
        </Button>
      }
    >
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Empty icon="clients" title={t("clients.none")}>
          <p>{t("clients.noneMore")}</p>
          <Link to="/welcome" className={css.link}>
            {t("clients.guide")}
          </Link>
        </Empty>
      )}
      {list.data && list.data.length > 0 && <Rows clients={list.data} />}
      <p className={css.settings}>{t("clients.settings")}</p>
      <Frame open={trying} close={() => setTrying(false)} title={t("clients.place")}>
        <TestCall />
      </Frame>
    </Page>
  );
}

function Rows({ clients }: { clients: Client[] }) {
  const { t, i18n } = useTranslation();
  const when = (instant: string | null | undefined) =>
    instant ? write(instant, "dayTime", i18n.language) : t("app.never");
  const n = (count: number) => number(count, i18n.language);
  return (
    <div className={table.around}>
      <table className={table.table}>
        <caption className="unseen">{t("clients.title")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("clients.name")}</th>
            <th scope="col">{t("clients.lastContact")}</th>
            <th scope="col" className={table.extra}>
              {t("clients.lastCall")}
            </th>
            <th scope="col" className={`${table.figure} ${table.extra}`}>
              {t("clients.running")}
            </th>
            <th scope="col" className={`${table.figure} ${table.extra}`}>
              {t("clients.calls")}
            </th>
            <th scope="col" className={`${table.figure} ${table.extra}`}>
              {t("clients.refused")}
            </th>
          </tr>
        </thead>
        <tbody>
          {clients.map((client) => (
            <tr key={client.name}>
              <td>
                <b>{client.name}</b>{" "}
                {!client.configured && (
                  <Pill kind="plain" icon="info">
                    {t("clients.notConfigured")}
                  </Pill>
                )}
                <small className={table.more}>
                  {[client.networks.join(", "), client.transports.join(", "), client.userAgent]
                    .filter(Boolean)
                    .join(" · ")}
                </small>
              </td>
              <td>
                {client.lastContactAt ? (
                  when(client.lastContactAt)
                ) : (
                  <Pill kind="warn" icon="warning">
                    {t("app.never")}
                  </Pill>
                )}
              </td>
              <td className={table.extra}>{when(client.lastCallAt)}</td>
              <td className={`${table.figure} ${table.extra}`}>{n(client.running)}</td>
              <td className={`${table.figure} ${table.extra}`}>{n(client.calls)}</td>
              <td className={`${table.figure} ${table.extra}`}>{n(client.refused)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Places a call by SIP and RTP into this recorder, and says what became of it. */
export function TestCall() {
  const { t } = useTranslation();
  const call = useMutation({ mutationFn: placeTestCall });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const local = String(new FormData(event.currentTarget).get("local") ?? "").trim();
    call.mutate({ local: local || null, seconds: 5 });
  };
  return (
    <form onSubmit={submit} className={css.try}>
      <p>{t("clients.placeMore")}</p>
      <Field label={t("clients.local")} name="local" hint={t("clients.localHint")} />
      <div>
        <Button look="primary" submit busy={call.isPending}>
          {t("clients.call")}
        </Button>
      </div>
      <div aria-live="polite">
        <Refusal error={call.error} />
        {call.data && (
          <Notice
            kind={call.data.answered ? "ok" : "error"}
            fact={t(call.data.answered ? "clients.answered" : "clients.notAnswered")}
            action={
              call.data.id && (
                <Link to="/recordings/$id" params={{ id: call.data.id }} className={css.link}>
                  {t("clients.open")}
                </Link>
              )
            }
          >
            <span lang="en">{call.data.detail}</span>
          </Notice>
        )}
      </div>
    </form>
  );
}
