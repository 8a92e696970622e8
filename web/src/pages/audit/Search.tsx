/** The audit's search box: what is typed becomes a filter. */

import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type AuditView, readAuditSearch } from "../../lib/auditView";
import { readDays } from "../../lib/search/days";
import { words } from "../../lib/search/understand";
import { locale } from "../../lib/time";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { NARROW, useMedia } from "../../ui/media";
import boxes from "../recordings/SearchBox.module.css";
import css from "./Audit.module.css";
import { ACTIONS } from "./actions";

interface Props {
  view: AuditView;
  apply: (view: AuditView) => void;
}

export function Search({ view, apply }: Props) {
  const { t, i18n } = useTranslation();
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const narrow = useMedia(NARROW);
  useKeys({ "/": () => input.current?.focus() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const monthFirst = locale(i18n.language) === "en-US";
    const found = readAuditSearch(text, {
      days: (typed) => {
        const list = words(typed);
        const read = readDays(list, new Date(), monthFirst);
        return read?.words === list.length ? read.days : undefined;
      },
      action: (typed) =>
        ACTIONS.find((name) =>
          [name, t(`auditAction.${name}`)].some((one) => one.toLowerCase() === typed.toLowerCase()),
        ),
    });
    if (Object.keys(found).length === 0) return;
    apply({ ...view, ...found });
    setText("");
  };
  return (
    <search className={css.search}>
      <form onSubmit={submit}>
        <label className={boxes.box}>
          <Icon name="search" />
          <span className="unseen">{t("audit.search")}</span>
          <input
            ref={input}
            value={text}
            placeholder={t(narrow ? "audit.hintShort" : "audit.hint")}
            autoComplete="off"
            spellCheck={false}
            enterKeyHint="search"
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          <kbd>/</kbd>
        </label>
      </form>
    </search>
  );
}
