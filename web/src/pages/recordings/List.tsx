/** The recordings: find one, and hear it where it stands. The address is the state. */

import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePreferences } from "../../api/preferences";
import { freshCount, recordingList } from "../../api/recordings";
import { useMe } from "../../api/session";
import { number } from "../../lib/time";
import { isFiltered, type View, withoutSelection } from "../../lib/view";
import * as engine from "../../player/engine";
import { usePlayerKeys, usePlaying } from "../../player/use";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { Empty } from "../../ui/notice";
import { useTitle } from "../../ui/title";
import { Trouble } from "../Trouble";
import { Acting, useActing } from "./Acting";
import { Chips } from "./Chips";
import { ChosenBar } from "./ChosenBar";
import { takeRow } from "./cells";
import { useChosen } from "./chosen";
import { chosenColumns } from "./columns";
import css from "./List.module.css";
import { NothingFound } from "./NothingFound";
import { neighbour } from "./rows";
import { SearchBox } from "./SearchBox";
import { Table } from "./Table";
import { Tools } from "./Tools";

const route = getRouteApi("/inside/recordings");

export function List() {
  const { t } = useTranslation();
  const view = route.useSearch();
  const navigate = useNavigate();
  const { may } = useMe();
  const [text, setText] = useState("");
  const box = useRef<HTMLInputElement>(null);
  const columns = chosenColumns(usePreferences()?.columns);
  useTitle(t("list.title"));
  const mayList = may.includes("list");
  const list = useInfiniteQuery({
    ...recordingList(view),
    enabled: mayList,
    // Old rows stay while new ones come.
    placeholderData: keepPreviousData,
  });
  const pages = list.data?.pages;
  const recordings = useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages]);
  const total = list.isPlaceholderData ? undefined : (pages?.[0]?.total ?? undefined);

  const apply = (next: View) => void navigate({ to: "/recordings", search: next });
  const select = (id: string) =>
    void navigate({ to: "/recordings", search: { ...view, sel: id }, replace: true });
  const selected = recordings.find((one) => one.id === view.sel);
  const chosen = useChosen(view, recordings);
  const ticked = recordings.filter((one) => chosen.has(one.id));
  const acting = useActing({ view, chosen, ticked, selected, total });
  const open = (id: string | undefined) =>
    id && void navigate({ to: "/recordings/$id", params: { id }, search: { ...view, sel: id } });
  const move = (by: 1 | -1) => {
    const next = neighbour(recordings, view.sel, by);
    if (next) select(next.id);
  };
  const { track } = usePlaying();
  const playerKeys = usePlayerKeys(
    () => takeRow(selected, t("list.withheld")) || engine.playing().track !== undefined,
  );
  useKeys({
    ...playerKeys,
    ...acting.keys,
    x: () => view.sel && chosen.toggle(view.sel),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    j: () => move(1),
    k: () => move(-1),
    Enter: () => open(view.sel),
    Escape: () => {
      if (chosen.any) chosen.clear();
      else if (track) engine.unload();
      else if (view.sel) apply(withoutSelection(view));
    },
  });

  return (
    <>
      <header className={css.head}>
        <h1>{t("list.title")}</h1>
        <SearchBox view={withoutSelection(view)} {...{ text, setText, apply, box }} />
        <Tools view={withoutSelection(view)} {...{ columns, total }} />
      </header>
      <Chips
        view={withoutSelection(view)}
        total={total}
        apply={apply}
        edit={(typed, without) => {
          apply(without);
          setText(typed);
          box.current?.focus();
        }}
      />
      {mayList && <Fresh view={view} total={total} />}
      {body()}
      {chosen.any && recordings.length > 0 && (
        <ChosenBar {...{ chosen, total }} rows={ticked} act={acting.act} />
      )}
      <Acting {...acting} chosen={chosen} />
    </>
  );

  function body() {
    if (!mayList) {
      return (
        <Empty icon="hold" title={t("empty.level")}>
          <p>{t("empty.levelMore")}</p>
        </Empty>
      );
    }
    if (list.isError && (list.isPlaceholderData || recordings.length === 0)) {
      return <Trouble error={list.error} retry={() => void list.refetch()} />;
    }
    if (list.isSuccess && !list.isPlaceholderData && recordings.length === 0) {
      return isFiltered(view) ? (
        <NothingFound view={withoutSelection(view)} apply={apply} />
      ) : (
        <NoneYet />
      );
    }
    return (
      <Table
        {...{ view, recordings, total, select, open, columns, chosen }}
        busy={list.isPending}
        more={list.hasNextPage && !list.isPlaceholderData}
        loadMore={() => {
          if (!list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
        }}
        failed={list.isFetchNextPageError ? () => void list.fetchNextPage() : undefined}
        sortBy={(sort) => apply({ ...view, sort })}
      />
    );
  }
}

/** "12 new": the list does not move by itself. */
function Fresh({ view, total }: { view: View; total: number | undefined }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const now = useQuery({ ...freshCount(view), enabled: total !== undefined });
  const more = (now.data ?? 0) - (total ?? 0);
  if (total === undefined || more <= 0) return null;
  const reload = async () => {
    await client.resetQueries({ queryKey: recordingList(view).queryKey });
    await client.invalidateQueries({ queryKey: ["count"] });
  };
  return (
    <div className={css.fresh} role="status">
      <Button small onClick={() => void reload()}>
        <Icon name="up" />
        {t("list.fresh", { count: more, n: number(more, i18n.language) })}
      </Button>
    </div>
  );
}

function NoneYet() {
  const { t } = useTranslation();
  const { user } = useMe();
  return (
    <Empty icon="recordings" title={t(user.level >= 10 ? "empty.all" : "empty.own")}>
      <p>{t("empty.appear")}</p>
    </Empty>
  );
}
