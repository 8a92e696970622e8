/** All filters of the audit in one form. */

import { useTranslation } from "react-i18next";
import { type AuditView, OUTCOMES, readAuditView } from "../../lib/auditView";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/field";
import css from "./Audit.module.css";
import { ACTIONS } from "./actions";

interface Props {
  view: AuditView;
  /** Where one begins. */
  at: keyof AuditView;
  apply: (view: AuditView) => void;
  close: () => void;
}

const UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

export function Form({ view, at, apply, close }: Props) {
  const { t } = useTranslation();
  const field = (key: keyof AuditView) => ({
    name: key,
    defaultValue: view[key] ?? "",
    "data-first": key === at || undefined,
  });
  const actions = ACTIONS.map((name) => [name, t(`auditAction.${name}`)] as const);
  return (
    <Dialog
      open
      close={close}
      title={t("audit.filterTitle")}
      action={t("audit.apply")}
      submit={(form) => {
        const typed = Object.fromEntries(
          [...form].map(([key, value]) => [key, String(value).trim()]),
        );
        apply(readAuditView({ ...typed, sort: view.sort }));
        close();
      }}
    >
      <Field label={t("audit.who")} {...field("who")} autoComplete="off" />
      <Select label={t("audit.what")} {...field("what")}>
        <option value="">{t("audit.anything")}</option>
        {actions.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </Select>
      <div className={css.pair}>
        <Field label={t("audit.fromDay")} type="date" {...field("from")} />
        <Field label={t("audit.toDay")} type="date" {...field("to")} />
      </div>
      <div className={css.pair}>
        <Select label={t("audit.outcome")} {...field("outcome")}>
          <option value="">{t("audit.anyOutcome")}</option>
          {OUTCOMES.map((one) => (
            <option key={one} value={one}>
              {t(`audit.${one}`)}
            </option>
          ))}
        </Select>
        <Field label={t("audit.addressLabel")} {...field("address")} autoComplete="off" />
      </div>
      <Field
        label={t("audit.recording")}
        hint={t("audit.recordingHint")}
        {...field("recording")}
        pattern={UUID}
        title={t("audit.badRecording")}
        autoComplete="off"
      />
      <Field label={t("audit.details")} hint={t("audit.detailsHint")} {...field("q")} />
    </Dialog>
  );
}
