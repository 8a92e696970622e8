/**
 * The dialog of a change of many recordings: what is needed for it, how far it is, and what was
 * refused and why.
 */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Change, change, type Outcome } from "../../api/bulk";
import { number } from "../../lib/time";
import { Bold } from "../../ui/bold";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { TroubleLine } from "../Trouble";
import css from "./BulkDialog.module.css";
import { useTold, type Wish } from "./changes";

/** What the server takes for a tag, and for a reason. */
const TAG_MAX = 64;
const REASON_MAX = 500;

interface Props {
  wish: Wish;
  /** Whether it needs no answer: it begins by itself. */
  atOnce: boolean;
  close: (done: boolean) => void;
}

interface Run {
  what: Change;
  now: Outcome;
  over: boolean;
  error?: unknown;
}

export function BulkDialog({ wish, atOnce, close }: Props) {
  const { t, i18n } = useTranslation();
  const { action, count } = wish;
  const told = useTold();
  const [text, setText] = useState("");
  const [run, setRun] = useState<Run>();
  const stop = useRef(new AbortController());
  const n = number(count, i18n.language);
  const begin = async () => {
    const what: Change = { action };
    if (action === "tag" || action === "untag") what.tag = text.trim();
    if (action === "delete") what.reason = text.trim();
    let now: Outcome = { done: 0, refused: 0, refusals: [] };
    const tell = (outcome: Outcome) => {
      now = outcome;
      setRun({ what, now, over: false });
    };
    tell(now);
    try {
      now = await change(wish.target, what, tell, stop.current.signal);
      told(wish, what, now);
      if (now.refused === 0 && !stop.current.signal.aborted) close(true);
      else setRun({ what, now, over: true });
    } catch (error) {
      told(wish, what, now);
      setRun({ what, now, over: true, error });
    }
  };
  const begun = useRef(false);
  useEffect(() => {
    if (atOnce && !begun.current) {
      begun.current = true;
      void begin();
    }
  });
  const leave = () => {
    stop.current.abort();
    close(run !== undefined && run.now.done > 0);
  };
  // A short one is over before a dialog could be read.
  if (atOnce && !run?.over && count <= 1) return null;
  const asks = action === "tag" || action === "untag" || action === "delete";
  const form = run === undefined;
  return (
    <Dialog
      open
      close={leave}
      title={run?.over ? t("bulk.result") : t(`bulk.${action}Title`, { count, n })}
      cancel={form ? undefined : t(run.over ? "app.close" : "bulk.stop")}
      action={form ? t(`bulk.${action}`) : undefined}
      danger={action === "delete"}
      refused={asks && text.trim() === "" ? t("bulk.missing") : undefined}
      submit={() => void begin()}
    >
      {form && <Needed {...{ wish, text, setText }} />}
      {run && !run.over && (
        <p className={css.running}>
          <progress max={count} value={run.now.done + run.now.refused} />
          <span role="status">
            {t("bulk.running", { done: number(run.now.done, i18n.language), n })}
          </span>
        </p>
      )}
      {run?.over && <Result run={run} stopped={stop.current.signal.aborted} />}
    </Dialog>
  );
}

interface NeededProps {
  wish: Wish;
  text: string;
  setText: (text: string) => void;
}

function Needed({ wish: { action, count, target, rows }, text, setText }: NeededProps) {
  const { t } = useTranslation();
  const list = useId();
  const typed = { value: text };
  if (action === "tag" || action === "untag") {
    const tags = [...new Set(rows.flatMap((row) => row.tags))].sort();
    return (
      <>
        <Field
          label={t("bulk.tagField")}
          {...typed}
          maxLength={TAG_MAX}
          list={list}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
        />
        <datalist id={list}>
          {tags.map((tag) => (
            <option key={tag} value={tag} />
          ))}
        </datalist>
      </>
    );
  }
  if (action !== "delete") return <p>{t(`bulk.${action}More`)}</p>;
  return (
    <>
      <Field
        label={t("bulk.reason", { count })}
        hint={t("bulk.reasonHint")}
        {...typed}
        maxLength={REASON_MAX}
        onChange={(event) => setText(event.target.value)}
      />
      {"ids" in target ? <Kept ids={target.ids} /> : <p>{t("bulk.keeps")}</p>}
    </>
  );
}

/** What cannot be deleted, before anything is. */
function Kept({ ids }: { ids: string[] }) {
  const { t, i18n } = useTranslation();
  const tried = useQuery({
    queryKey: ["bulk", "delete", ids],
    queryFn: () => change({ ids }, { action: "delete", reason: "?", dryRun: true }),
    staleTime: 0,
    gcTime: 0,
  });
  const refused = tried.data?.refused ?? 0;
  if (refused === 0) return null;
  return (
    <div>
      <p>{t("bulk.keepsSome", { count: refused, n: number(refused, i18n.language) })}</p>
      <Refusals of={tried.data} />
    </div>
  );
}

const DONE = {
  tag: "bulk.tagged",
  untag: "bulk.untaggedDone",
  preserve: "bulk.preserved",
  release: "bulk.released",
  delete: "bulk.deleted",
} as const;

function Result({ run: { what, now, error }, stopped }: { run: Run; stopped: boolean }) {
  const { t, i18n } = useTranslation();
  const say = (count: number) => ({ count, n: number(count, i18n.language) });
  return (
    <div role="status" className={css.result}>
      <p>
        {stopped && `${t("bulk.stopped")} `}
        <Bold text={t(DONE[what.action], { ...say(now.done), tag: what.tag ?? "" })} />
      </p>
      {error !== undefined && <TroubleLine error={error} />}
      {now.refused > 0 && (
        <>
          <p>{t("bulk.refused", say(now.refused))}</p>
          <Refusals of={now} />
        </>
      )}
    </div>
  );
}

function Refusals({ of }: { of: Outcome | undefined }) {
  const { t, i18n } = useTranslation();
  if (!of) return null;
  const more = of.refused - of.refusals.length;
  return (
    <ul className={css.refusals}>
      {of.refusals.map((one) => (
        <li key={one.id}>
          <span className="mono">{one.referenceNumber ?? one.id}</span> {one.detail}
        </li>
      ))}
      {more > 0 && <li>{t("bulk.refusedMore", { n: number(more, i18n.language) })}</li>}
    </ul>
  );
}
