/** Groups: whose recordings are seen together. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addGroup, groups, removeGroup, renameGroup, users } from "../../api/people";
import { useMe } from "../../api/session";
import { fullName } from "../../lib/people";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { NotYours } from "../../ui/NotYours";
import { Empty } from "../../ui/notice";
import { Page } from "../../ui/page";
import { Refusal } from "../../ui/refusal";
import table from "../../ui/table.module.css";
import { Trouble } from "../Trouble";
import { PeopleTabs } from "./PeopleTabs";

type Asked = { to: "add" } | { to: "rename" | "remove"; name: string };

export function Groups() {
  const { t } = useTranslation();
  const { may } = useMe();
  const allowed = may.includes("managePeople");
  const list = useQuery({ ...groups, enabled: allowed });
  const people = useQuery({ ...users, enabled: allowed });
  const [asked, ask] = useState<Asked>();
  if (!allowed) return <NotYours title={t("people.title")} />;
  const seenBy = (name: string) =>
    (people.data ?? []).filter((user) => user.supervises.includes(name)).map(fullName);
  return (
    <Page
      title={t("people.title")}
      wide
      aside={<PeopleTabs users={people.data?.length} groups={list.data?.length} />}
      tools={
        <Button look="primary" onClick={() => ask({ to: "add" })}>
          <Icon name="plus" />
          {t("people.addGroup")}
        </Button>
      }
    >
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Empty icon="people" title={t("people.noGroups")}>
          <p>{t("people.noGroupsMore")}</p>
        </Empty>
      )}
      {list.data && list.data.length > 0 && (
        <div className={table.around}>
          <table className={table.table}>
            <caption className="unseen">{t("people.groups")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("people.group")}</th>
                <th scope="col" className={table.figure}>
                  {t("people.members")}
                </th>
                <th scope="col" className={table.extra}>
                  {t("people.seenBy")}
                </th>
                <th scope="col">
                  <span className="unseen">{t("people.actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.data.map(({ name, members }) => (
                <tr key={name}>
                  <td>
                    <b>{name}</b>
                  </td>
                  <td className={table.figure}>{members}</td>
                  <td className={table.extra}>{seenBy(name).join(", ") || "–"}</td>
                  <td className={table.actions}>
                    <Button small onClick={() => ask({ to: "rename", name })}>
                      {t("people.rename")}
                    </Button>
                    <Button
                      small
                      look="danger"
                      refused={members > 0 ? t("people.notEmpty", { count: members }) : undefined}
                      onClick={() => ask({ to: "remove", name })}
                    >
                      {t("people.removeGroup")}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {asked && <Change asked={asked} close={() => ask(undefined)} />}
    </Page>
  );
}

function Change({ asked, close }: { asked: Asked; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const name = asked.to === "add" ? "" : asked.name;
  const change = useMutation({
    mutationFn: async (form: FormData) => {
      const typed = String(form.get("name") ?? "").trim();
      if (asked.to === "add") await addGroup(typed);
      else if (asked.to === "rename") await renameGroup(name, typed);
      else await removeGroup(name);
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["groups"] });
      void client.invalidateQueries({ queryKey: ["users"] });
      close();
    },
  });
  const texts = {
    add: [t("people.addGroup"), t("people.addGroup")],
    rename: [t("people.renameTitle", { name }), t("people.rename")],
    remove: [t("people.removeGroupTitle", { name }), t("people.removeGroup")],
  } as const;
  const [title, action] = texts[asked.to];
  return (
    <Dialog
      open
      close={close}
      title={title}
      action={action}
      danger={asked.to === "remove"}
      busy={change.isPending}
      trouble={<Refusal error={change.error} />}
      submit={(form) => change.mutate(form)}
    >
      {asked.to === "remove" ? (
        <p>{t("people.removeGroupMore")}</p>
      ) : (
        <Field label={t("people.name")} name="name" defaultValue={name} required maxLength={64} />
      )}
    </Dialog>
  );
}
