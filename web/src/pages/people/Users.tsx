/** Users: who is there, what they may, and whose recordings they see. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { groups, type User, users } from "../../api/people";
import { useMe } from "../../api/session";
import { fullName } from "../../lib/people";
import { Button } from "../../ui/button";
import { Filter } from "../../ui/filter";
import { Icon } from "../../ui/icons";
import { NotYours } from "../../ui/NotYours";
import { Empty } from "../../ui/notice";
import { Page } from "../../ui/page";
import table from "../../ui/table.module.css";
import { Trouble } from "../Trouble";
import { Import } from "./Import";
import { Level } from "./Level";
import { PeopleTabs } from "./PeopleTabs";
import css from "./people.module.css";
import { UserPanel } from "./UserPanel";

const route = getRouteApi("/inside/users");

export function Users() {
  const { t } = useTranslation();
  const { may } = useMe();
  const { user: chosen, add } = route.useSearch();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [importing, setImporting] = useState(false);
  const list = useQuery({ ...users, enabled: may.includes("managePeople") });
  const inGroups = useQuery({ ...groups, enabled: may.includes("managePeople") });
  if (!may.includes("managePeople")) return <NotYours title={t("people.title")} />;
  const shown = (list.data ?? []).filter((one) => matches(one, typed));
  const selected = list.data?.find((one) => one.username === chosen);
  const close = () => void navigate({ to: "/users", search: {} });
  return (
    <Page
      title={t("people.title")}
      wide
      aside={<PeopleTabs users={list.data?.length} groups={inGroups.data?.length} />}
      tools={
        <>
          <Filter label={t("people.filter")} typed={typed} type={setTyped} />
          <Button onClick={() => setImporting(true)}>
            <Icon name="up" />
            {t("people.import")}
          </Button>
          <Button
            look="primary"
            onClick={() => void navigate({ to: "/users", search: { add: true } })}
          >
            <Icon name="plus" />
            {t("people.add")}
          </Button>
        </>
      }
    >
      {list.isError ? (
        <Trouble error={list.error} retry={() => void list.refetch()} />
      ) : (
        <div className={selected || add ? css.split : css.whole}>
          <div className={table.around}>
            {shown.length > 0 && <Rows users={shown} chosen={chosen} />}
            {list.isSuccess && shown.length === 0 && (
              <Empty icon="people" title={t("people.none", { typed })} />
            )}
          </div>
          {(selected || add) && (
            <UserPanel
              key={selected?.username ?? ""}
              user={selected}
              groups={(inGroups.data ?? []).map((group) => group.name)}
              close={close}
            />
          )}
        </div>
      )}
      <Import open={importing} close={() => setImporting(false)} users={list.data ?? []} />
    </Page>
  );
}

function matches(user: User, typed: string): boolean {
  const texts = [user.username, user.firstName, user.lastName, user.group, user.department];
  const all = [...texts, ...user.numbers, ...user.supervises].join(" ").toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

function Rows({ users, chosen }: { users: User[]; chosen: string | undefined }) {
  const { t } = useTranslation();
  return (
    <table className={table.table}>
      <caption className="unseen">{t("people.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("people.name")}</th>
          <th scope="col">{t("people.numbers")}</th>
          <th scope="col" className={table.extra}>
            {t("people.group")}
          </th>
          <th scope="col">{t("people.may")}</th>
          <th scope="col" className={table.extra}>
            {t("people.seesAlso")}
          </th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr key={user.username} data-on={user.username === chosen || undefined}>
            <td>
              <Link to="/users" search={{ user: user.username }} className={css.name}>
                <b>{fullName(user)}</b>
                <span>{user.username}</span>
              </Link>
            </td>
            <td className="figures">{user.numbers.join(", ") || "–"}</td>
            <td className={table.extra}>{user.group || "–"}</td>
            <td>
              <Level level={user.level} />
            </td>
            <td className={table.extra}>
              {user.level >= 10 ? t("people.everything") : user.supervises.join(", ") || "–"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
