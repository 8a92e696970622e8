/** Tag, preserve, note and delete from the list: on what is ticked, else on the row one is at. */

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/client";
import type { View } from "../../lib/view";
import { withoutSelection } from "../../lib/view";
import type { Keys } from "../../ui/keyboard";
import { toast } from "../../ui/toast";
import { BulkDialog } from "./BulkDialog";
import { type Action, RIGHTS, type Wish } from "./changes";
import type { Chosen } from "./chosen";
import { NoteDialog } from "./NoteDialog";

/** So many at once need no question, where nothing is lost. */
const AT_ONCE_MAX = 500;

interface Of {
  view: View;
  chosen: Chosen;
  ticked: Summary[];
  selected: Summary | undefined;
  total: number | undefined;
}

export interface ActingState {
  wish: Wish | undefined;
  noted: Summary | undefined;
  keys: Keys;
  act: (action: Action) => void;
  leave: () => void;
}

export function useActing({ view, chosen, ticked, selected, total }: Of): ActingState {
  const { t } = useTranslation();
  const [wish, setWish] = useState<Wish>();
  const [noted, setNoted] = useState<Summary>();
  const current = selected ? [selected] : [];
  const rows = chosen.any ? ticked : current;
  const act = (action: Action) => {
    if (chosen.all) {
      const target = { view: withoutSelection(view) };
      setWish({ action, target, count: total ?? 0, rows: ticked });
      return;
    }
    if (rows.length === 0) return;
    if (!rows.some((row) => row.allowed.includes(RIGHTS[action]))) {
      toast(t("bulk.noneAllowed"));
      return;
    }
    setWish({ action, target: { ids: rows.map((row) => row.id) }, count: rows.length, rows });
  };
  const keys: Keys = {
    t: () => act("tag"),
    p: () => {
      act(rows.length > 0 && rows.every((row) => row.preserved) ? "release" : "preserve");
    },
    n: () => {
      const [only, other] = ticked;
      const of = only && !other ? only : selected;
      if (of) setNoted(of);
    },
  };
  const leave = () => {
    setWish(undefined);
    setNoted(undefined);
  };
  return { wish, noted, keys, act, leave };
}

export function Acting({ wish, noted, leave, chosen }: ActingState & { chosen: Chosen }) {
  const asks = wish && wish.action !== "preserve" && wish.action !== "release";
  return (
    <>
      {wish && (
        <BulkDialog
          wish={wish}
          atOnce={!asks && wish.count <= AT_ONCE_MAX}
          close={(done) => {
            leave();
            if (done) chosen.clear();
          }}
        />
      )}
      {noted && <NoteDialog of={noted} close={leave} />}
    </>
  );
}
