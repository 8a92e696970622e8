/** The recordings before and behind, in the order of the list one came from. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { recordingList } from "../../api/recordings";
import type { View } from "../../lib/view";
import { Icon } from "../../ui/icons";
import css from "./Detail.module.css";
import { neighbour } from "./rows";

/** What the one before and the one behind are called: it depends on the order. */
const WORDS = {
  "-start": ["detail.newer", "detail.older"],
  start: ["detail.older", "detail.newer"],
  other: ["detail.before", "detail.behind"],
} as const;

function wordsFor(sort: View["sort"] = "-start") {
  return sort === "start" || sort === "-start" ? WORDS[sort] : WORDS.other;
}

export function Neighbours({ id, view }: { id: string; view: View }) {
  const { t } = useTranslation();
  // Only what the list has shown already: following a link asks for no list.
  const list = useInfiniteQuery({ ...recordingList(view), enabled: false });
  const recordings = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (!recordings.some((one) => one.id === id)) return null;
  const [before, behind] = wordsFor(view.sort);
  const steps = [
    ["up", before, neighbour(recordings, id, -1)],
    ["down", behind, neighbour(recordings, id, 1)],
  ] as const;
  return (
    <span className={css.neighbours}>
      {steps.map(([icon, label, to]) =>
        to ? (
          <Link
            key={label}
            to="/recordings/$id"
            params={{ id: to.id }}
            search={{ ...view, sel: to.id }}
            aria-label={t(label)}
          >
            <Icon name={icon} />
          </Link>
        ) : (
          <span key={label} aria-hidden="true">
            <Icon name={icon} />
          </span>
        ),
      )}
    </span>
  );
}
