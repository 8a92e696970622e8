/** The text of a mark that was just dropped: the sound goes on while one types. */

import { type FormEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { place } from "../../lib/time";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import css from "./DetailPlayer.module.css";

/** As long as the server takes. */
const LONGEST = 500;

interface Props {
  atMs: number;
  /** Empty text is one too. */
  set: (text: string) => void;
  drop: () => void;
}

export function MarkForm({ atMs, set, drop }: Props) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    set(input.current?.value.trim() ?? "");
  };
  return (
    <form className={css.mark} onSubmit={submit}>
      <Icon name="mark" />
      <span className="figures">{place(atMs)}</span>
      <input
        ref={input}
        maxLength={LONGEST}
        autoComplete="off"
        aria-label={t("player.markText", { place: place(atMs) })}
        placeholder={t("player.markHint")}
        onKeyDown={(event) => {
          if (event.key === "Escape") drop();
        }}
      />
      <Button look="primary" small submit>
        {t("player.markSet")}
      </Button>
      <Button small onClick={drop}>
        {t("app.cancel")}
      </Button>
    </form>
  );
}
