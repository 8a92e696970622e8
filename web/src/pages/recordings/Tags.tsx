/** Tags: added and removed at once, and taken back with Z. */

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { changeTags } from "../../api/recording";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { toast } from "../../ui/toast";
import css from "./Detail.module.css";
import { Wrong } from "./Wrong";

interface Props {
  recording: Recording;
  /** Why they cannot be changed. */
  refused: string | undefined;
}

interface Change {
  on: Recording;
  tag: string;
  add: boolean;
  undone?: boolean;
}

export function Tags({ recording, refused }: Props) {
  const { t } = useTranslation();
  const [typing, setTyping] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (typing) input.current?.focus();
  }, [typing]);
  useKeys(refused ? {} : { t: () => setTyping(true) });
  const change = useMutation({
    mutationFn: ({ on, tag, add }: Change) => changeTags(on, tag, add),
    onSuccess: (on, { tag, add, undone }) => {
      const undo = () => change.mutate({ on, tag, add: !add, undone: true });
      toast(t(add ? "detail.tagAdded" : "detail.tagRemoved", { tag }), undone ? undefined : undo);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const tag = String(new FormData(event.currentTarget).get("tag")).trim();
    event.currentTarget.reset();
    if (tag === "") setTyping(false);
    else if (!recording.tags.includes(tag)) change.mutate({ on: recording, tag, add: true });
  };
  return (
    <>
      <ul className={css.tags} aria-label={t("detail.tags")}>
        {recording.tags.map((tag) => (
          <li key={tag}>
            {tag}
            {!refused && (
              <button
                type="button"
                aria-label={t("detail.removeTag", { tag })}
                onClick={() => change.mutate({ on: recording, tag, add: false })}
              >
                <Icon name="close" small />
              </button>
            )}
          </li>
        ))}
        <li className={css.adding}>
          {typing ? (
            <form onSubmit={submit}>
              <input
                ref={input}
                name="tag"
                maxLength={50}
                autoComplete="off"
                aria-label={t("detail.newTag")}
                onBlur={(event) => {
                  if (event.target.value === "") setTyping(false);
                }}
                onKeyDown={(event) => {
                  if (event.key === "Escape") setTyping(false);
                }}
              />
            </form>
          ) : (
            <Button look="chip" small refused={refused} onClick={() => setTyping(true)}>
              <Icon name="plus" small />
              {t("detail.addTag")}
            </Button>
          )}
        </li>
      </ul>
      <Wrong error={change.error} />
    </>
  );
}
