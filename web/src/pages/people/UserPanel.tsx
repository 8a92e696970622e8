/** One user beside the table: to look at, to change, or to add. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { addUser, changeUser, newPassword, removeUser, type User } from "../../api/people";
import { fullName, LEVELS, levelName } from "../../lib/people";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { Refusal } from "../../ui/refusal";
import { Secret } from "../../ui/secret";
import { toast } from "../../ui/toast";
import css from "./people.module.css";

interface Props {
  user: User | undefined;
  groups: string[];
  close: () => void;
}

export function UserPanel({ user, groups, close }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [secret, setSecret] = useState("");
  const [removing, setRemoving] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const fresh = () => {
    void client.invalidateQueries({ queryKey: ["users"] });
    void client.invalidateQueries({ queryKey: ["groups"] });
  };
  const save = useMutation({
    mutationFn: async (form: FormData) => {
      const said = read(form);
      if (user) await changeUser(user.username, said);
      else {
        const added = await addUser({ ...said, username: String(form.get("username")) });
        return added.password ?? "";
      }
      return "";
    },
    onSuccess: (password) => {
      fresh();
      toast(t("people.saved"));
      if (password) setSecret(password);
      else close();
    },
  });
  const reset = useMutation({
    mutationFn: () => newPassword(user?.username ?? ""),
    onSuccess: setSecret,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(new FormData(event.currentTarget));
  };
  const title = user ? fullName(user) : t("people.add");
  return (
    <aside className={css.panel} aria-label={title}>
      <header>
        <div>
          <h2 ref={heading} tabIndex={-1}>
            {title}
          </h2>
          {user && <p>{user.username}</p>}
        </div>
        <Button look="quiet" icon aria-label={t("app.close")} onClick={close}>
          <Icon name="close" />
        </Button>
      </header>
      {secret ? (
        <Secret
          secret={secret}
          label={t("people.password")}
          hint={t("people.passwordOnce")}
          close={close}
        />
      ) : (
        <form onSubmit={submit}>
          {!user && <Field label={t("people.username")} name="username" required maxLength={64} />}
          <Field label={t("people.firstName")} name="firstName" defaultValue={user?.firstName} />
          <Field label={t("people.lastName")} name="lastName" defaultValue={user?.lastName} />
          <Field
            label={t("people.numbers")}
            name="numbers"
            hint={t("people.numbersHint")}
            defaultValue={user?.numbers.join(", ")}
          />
          <Select label={t("people.group")} name="group" defaultValue={user?.group ?? ""}>
            <option value="">{t("people.noGroup")}</option>
            {groups.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
          <Field label={t("people.department")} name="department" defaultValue={user?.department} />
          <May level={user?.level ?? 1} />
          <Sees groups={groups} supervises={user?.supervises ?? []} />
          <Refusal error={save.error ?? reset.error} />
          <footer>
            {user && (
              <Button look="danger" onClick={() => setRemoving(true)}>
                {t("people.remove")}
              </Button>
            )}
            {user && (
              <Button busy={reset.isPending} onClick={() => reset.mutate()}>
                {t("people.newPassword")}
              </Button>
            )}
            <Button look="primary" submit busy={save.isPending}>
              {t("people.save")}
            </Button>
          </footer>
        </form>
      )}
      {user && <Remove user={user} open={removing} close={() => setRemoving(false)} done={close} />}
    </aside>
  );
}

/** What was typed, as the server takes it. */
function read(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  return {
    firstName: text("firstName"),
    lastName: text("lastName"),
    numbers: text("numbers")
      .split(",")
      .map((number) => number.trim())
      .filter(Boolean),
    group: text("group"),
    department: text("department"),
    level: Number(text("level")),
    supervises: form.getAll("supervises").map(String),
  };
}

function May({ level }: { level: number }) {
  const { t } = useTranslation();
  const levels: number[] = LEVELS.some((one) => one === level) ? [...LEVELS] : [...LEVELS, level];
  return (
    <fieldset className={css.may}>
      <legend>{t("people.may")}</legend>
      {levels.map((one) => {
        const known = LEVELS.find((name) => name === one);
        return (
          <label key={one}>
            <input type="radio" name="level" value={one} defaultChecked={one === level} />
            <span>
              <b>{levelName(one, t)}</b>
              <small>{t(`people.level${known ?? 2}`)}</small>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

function Sees({ groups, supervises }: { groups: string[]; supervises: string[] }) {
  const { t } = useTranslation();
  if (groups.length === 0) return null;
  return (
    <fieldset className={css.sees}>
      <legend>{t("people.sees")}</legend>
      {groups.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            name="supervises"
            value={name}
            defaultChecked={supervises.includes(name)}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface RemoveProps {
  user: User;
  open: boolean;
  close: () => void;
  done: () => void;
}

function Remove({ user, open, close, done }: RemoveProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeUser(user.username),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["users"] });
      void client.invalidateQueries({ queryKey: ["groups"] });
      toast(t("people.removed", { who: fullName(user) }));
      done();
    },
  });
  return (
    <Dialog
      open={open}
      close={close}
      title={t("people.removeTitle", { who: fullName(user) })}
      action={t("people.remove")}
      danger
      busy={remove.isPending}
      trouble={<Refusal error={remove.error} />}
      submit={() => remove.mutate()}
    >
      <p>{t("people.removeMore")}</p>
    </Dialog>
  );
}
