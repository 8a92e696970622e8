/** Which recordings are ticked: some by id, or all that the filters find. */

import { useState } from "react";
import type { Summary } from "../../api/client";
import { type View, withoutSelection } from "../../lib/view";

export interface Chosen {
  ids: ReadonlySet<string>;
  /** All that match, also those that are not loaded. */
  all: boolean;
  has: (id: string) => boolean;
  /** With `through`, all rows from the last ticked one to this one. */
  toggle: (id: string, through?: boolean) => void;
  toggleLoaded: () => void;
  takeAll: () => void;
  clear: () => void;
  /** Whether any are. */
  any: boolean;
}

interface State {
  /** The filters they were ticked under: under others nobody sees them any more. */
  under: string;
  ids: ReadonlySet<string>;
  all: boolean;
  last?: string | undefined;
}

const NONE: ReadonlySet<string> = new Set();

export function useChosen(view: View, recordings: Summary[]): Chosen {
  const { sort: _, ...filters } = withoutSelection(view);
  const under = JSON.stringify(filters);
  const [kept, keep] = useState<State>({ under, ids: NONE, all: false });
  const state = kept.under === under ? kept : { under, ids: NONE, all: false };
  const loaded = () => recordings.map((one) => one.id);
  const put = (ids: ReadonlySet<string>, last?: string) => keep({ under, ids, all: false, last });
  return {
    ids: state.ids,
    all: state.all,
    any: state.all || state.ids.size > 0,
    has: (id) => state.all || state.ids.has(id),
    toggle: (id, through = false) => {
      const ids = new Set(state.all ? loaded() : state.ids);
      if (ids.has(id)) ids.delete(id);
      else for (const one of through ? between(loaded(), state.last, id) : [id]) ids.add(one);
      put(ids, id);
    },
    toggleLoaded: () => put(state.all || state.ids.size > 0 ? NONE : new Set(loaded())),
    takeAll: () => keep({ under, ids: NONE, all: true }),
    clear: () => put(NONE),
  };
}

function between(list: string[], from: string | undefined, to: string): string[] {
  const [a, b] = [list.indexOf(from ?? to), list.indexOf(to)];
  if (a < 0 || b < 0) return [to];
  return list.slice(Math.min(a, b), Math.max(a, b) + 1);
}
