/** What one does to recordings of the list, by key or button, and how it is taken back. */

import { useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { type Change, change, type Outcome, type Target } from "../../api/bulk";
import type { Summary } from "../../api/client";
import { number } from "../../lib/time";
import { toast } from "../../ui/toast";

export type Action = Change["action"];

/** What is wanted, before anything is asked or done. */
export interface Wish {
  action: Action;
  target: Target;
  /** How many they are. */
  count: number;
  /** Those of them that are loaded. */
  rows: Summary[];
}

/** The right that a change takes. */
export const RIGHTS: Record<Action, string> = {
  tag: "annotate",
  untag: "annotate",
  preserve: "preserve",
  release: "release",
  delete: "delete",
};

const UNDO: Partial<Record<Action, Action>> = {
  tag: "untag",
  untag: "tag",
  preserve: "release",
  release: "preserve",
};

/** Asks for the lists again, wherever they are shown. */
export function useRefresh() {
  const client = useQueryClient();
  return async () => {
    await Promise.all(
      ["recordings", "recording", "count", "fresh"].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    );
  };
}

/** Says what was done, and offers to take it back where it is known what was there before. */
export function useTold() {
  const { t, i18n } = useTranslation();
  const refresh = useRefresh();
  return (wish: Wish, what: Change, { done, refused }: Outcome) => {
    void refresh();
    if (done === 0) return;
    const text = doneText(what, done, t, i18n.language);
    const undo = UNDO[what.action];
    const ids = changed(wish, what);
    if (!undo || ids.length === 0) {
      if (refused === 0) toast(text);
      return;
    }
    toast(text, () => {
      void change({ ids }, { ...what, action: undo }).then(() => {
        void refresh();
        toast(t("bulk.undone"));
      }, refresh);
    });
  };
}

/** The ids of those that were not so already; none where not all of them are known. */
function changed({ target, rows }: Wish, { action, tag = "" }: Change): string[] {
  if ("view" in target || rows.length < target.ids.length) return [];
  const was: Record<Action, (of: Summary) => boolean> = {
    tag: (of) => !of.tags.includes(tag),
    untag: (of) => of.tags.includes(tag),
    preserve: (of) => !of.preserved,
    release: (of) => of.preserved,
    delete: () => false,
  };
  return rows.filter(was[action]).map((of) => of.id);
}

const DONE = {
  tag: "bulk.tagged",
  untag: "bulk.untaggedDone",
  preserve: "bulk.preserved",
  release: "bulk.released",
  delete: "bulk.deleted",
} as const;

function doneText({ action, tag = "" }: Change, done: number, t: TFunction, language: string) {
  return t(DONE[action], { count: done, n: number(done, language), tag });
}
