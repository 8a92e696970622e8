/** A rule to add or to change. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { groups, users } from "../../api/people";
import { type NewRule, type Rule, saveRule } from "../../api/rules";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { Refusal } from "../../ui/refusal";
import css from "./rules.module.css";
import { useWeekday, WEEKDAYS } from "./words";

type Times = Schemas["Times"];

const MODES = ["always", "on-demand", "keep-late", "never"] as const;
const DIRECTIONS = ["incoming", "outgoing", "unknown"] as const;

const OFFICE_HOURS: Times = {
  weekdays: WEEKDAYS.slice(0, 5),
  from: "08:00",
  to: "18:00",
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
};

export function RuleDialog({ rule, close }: { rule: Rule | undefined; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [mode, setMode] = useState<NewRule["mode"]>(rule?.mode ?? "on-demand");
  const [times, setTimes] = useState<Times[]>(rule?.times ?? []);
  const inGroups = useQuery(groups).data ?? [];
  const people = useQuery(users).data ?? [];
  const save = useMutation({
    mutationFn: (form: FormData) => saveRule(rule?.id, read(form, mode, times)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["rules"] });
      close();
    },
  });
  return (
    <Dialog
      open
      close={close}
      wide
      title={rule ? t("rules.changeTitle", { name: rule.name }) : t("rules.add")}
      action={t("app.save")}
      busy={save.isPending}
      trouble={<Refusal error={save.error} />}
      submit={(form) => save.mutate(form)}
    >
      <Field
        label={t("rules.name")}
        name="name"
        defaultValue={rule?.name}
        required
        maxLength={100}
      />
      <h3 className={css.part}>{t("rules.whenAll")}</h3>
      <div className={css.grid}>
        <Select label={t("rules.group")} name="group" defaultValue={rule?.group ?? ""}>
          <option value="">{t("rules.any")}</option>
          {inGroups.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </Select>
        <Select label={t("rules.user")} name="user" defaultValue={rule?.user ?? ""}>
          <option value="">{t("rules.any")}</option>
          {people.map(({ username }) => (
            <option key={username}>{username}</option>
          ))}
        </Select>
        <Field
          label={t("rules.number")}
          name="number"
          hint={t("rules.numberHint")}
          defaultValue={rule?.number ?? ""}
        />
        <Select
          label={t("rules.directionOf")}
          name="direction"
          defaultValue={rule?.direction ?? ""}
        >
          <option value="">{t("rules.any")}</option>
          {DIRECTIONS.map((direction) => (
            <option key={direction} value={direction}>
              {t(`rules.direction.${direction}`)}
            </option>
          ))}
        </Select>
        <Field label={t("rules.client")} name="client" defaultValue={rule?.client ?? ""} />
      </div>
      {times.map((one, index) => (
        <When
          // biome-ignore lint/suspicious/noArrayIndexKey: times have no other name
          key={index}
          times={one}
          change={(to) => setTimes(times.map((same, at) => (at === index ? to : same)))}
          remove={() => setTimes(times.filter((_, at) => at !== index))}
        />
      ))}
      <Button
        small
        look="chip"
        className={css.addTimes}
        onClick={() => setTimes([...times, OFFICE_HOURS])}
      >
        <Icon name="plus" />
        {t("rules.addTimes")}
      </Button>
      <h3 className={css.part}>{t("rules.result")}</h3>
      <div className={css.grid}>
        <Select
          label={t("rules.record")}
          value={mode}
          hint={t(`rules.modeMore.${mode}`)}
          onChange={(event) => setMode(event.target.value as NewRule["mode"])}
        >
          {MODES.map((one) => (
            <option key={one} value={one}>
              {t(`rules.mode.${one}`)}
            </option>
          ))}
        </Select>
        {mode === "always" && (
          <Select
            label={t("rules.pause")}
            name="pause"
            defaultValue={rule?.pause ?? "administrators"}
          >
            <option value="administrators">{t("rules.pauseBy.administrators")}</option>
            <option value="own">{t("rules.pauseBy.own")}</option>
          </Select>
        )}
      </div>
    </Dialog>
  );
}

function read(form: FormData, mode: NewRule["mode"], times: Times[]): NewRule {
  const text = (name: string) => String(form.get(name) ?? "").trim() || null;
  return {
    name: text("name") ?? "",
    group: text("group"),
    user: text("user"),
    number: text("number"),
    client: text("client"),
    direction: text("direction") as Schemas["Direction"] | null,
    times,
    mode,
    pause: text("pause") === "own" ? "own" : "administrators",
  };
}

interface WhenProps {
  times: Times;
  change: (to: Times) => void;
  remove: () => void;
}

function When({ times, change, remove }: WhenProps) {
  const { t } = useTranslation();
  const weekday = useWeekday();
  return (
    <fieldset className={css.times}>
      <legend>{t("rules.times")}</legend>
      <div className={css.days}>
        {WEEKDAYS.map((day) => (
          <label key={day}>
            <input
              type="checkbox"
              checked={times.weekdays.includes(day)}
              onChange={(event) =>
                change({
                  ...times,
                  weekdays: WEEKDAYS.filter((one) =>
                    one === day ? event.target.checked : times.weekdays.includes(one),
                  ),
                })
              }
            />
            {weekday(day)}
          </label>
        ))}
      </div>
      <Field
        label={t("rules.from")}
        type="time"
        required
        value={times.from}
        onChange={(event) => change({ ...times, from: event.target.value })}
      />
      <Field
        label={t("rules.to")}
        type="time"
        required
        value={times.to === "24:00" ? "00:00" : times.to}
        onChange={(event) =>
          change({ ...times, to: event.target.value === "00:00" ? "24:00" : event.target.value })
        }
      />
      <Field
        label={t("rules.zone")}
        value={times.timeZone ?? "UTC"}
        onChange={(event) => change({ ...times, timeZone: event.target.value })}
      />
      <Button small onClick={remove}>
        {t("rules.removeTimes")}
      </Button>
    </fieldset>
  );
}
