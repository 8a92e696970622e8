/** The audit: who did what, when, to what; and whether any of it was changed since. */

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { auditExportPath, auditList } from "../../api/audit";
import { useMe } from "../../api/session";
import type { AuditView } from "../../lib/auditView";
import { Button, ButtonLink } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { Empty } from "../../ui/notice";
import { Page } from "../../ui/page";
import { Trouble } from "../Trouble";
import css from "./Audit.module.css";
import { Chain } from "./Chain";
import { Filters } from "./Filters";
import { Form } from "./Form";
import { Search } from "./Search";
import { Table } from "./Table";

const route = getRouteApi("/inside/audit");

export function Audit() {
  const { t } = useTranslation();
  const { may } = useMe();
  const view = route.useSearch();
  const navigate = useNavigate();
  const apply = (next: AuditView) => void navigate({ to: "/audit", search: next });
  if (!may.includes("readAudit")) {
    return (
      <Page title={t("audit.title")}>
        <Empty icon="hold" title={t("audit.level")}>
          <p>{t("audit.levelMore")}</p>
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      title={t("audit.title")}
      wide
      aside={<Search view={view} apply={apply} />}
      tools={
        <ButtonLink href={auditExportPath(view)} download>
          <Icon name="download" />
          {t("audit.export")}
        </ButtonLink>
      }
    >
      <Entries view={view} apply={apply} />
    </Page>
  );
}

interface Props {
  view: AuditView;
  apply: (view: AuditView) => void;
}

function Entries({ view, apply }: Props) {
  const { t } = useTranslation();
  /** The filter one is at, in the form of all of them. */
  const [editing, setEditing] = useState<keyof AuditView>();
  const list = useInfiniteQuery({ ...auditList(view), placeholderData: keepPreviousData });
  const pages = list.data?.pages;
  const rows = useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages]);
  const total = list.isPlaceholderData ? undefined : (pages?.[0]?.total ?? undefined);
  return (
    <div className={css.page}>
      <Chain />
      <Filters {...{ view, total, apply }} edit={setEditing} />
      {body()}
      {editing && <Form {...{ view, apply }} at={editing} close={() => setEditing(undefined)} />}
    </div>
  );

  function body() {
    if (list.isError && (list.isPlaceholderData || rows.length === 0)) {
      return <Trouble error={list.error} retry={() => void list.refetch()} />;
    }
    if (list.isSuccess && rows.length === 0) {
      return (
        <Empty
          icon="search"
          title={t("audit.none")}
          actions={<Button onClick={() => apply({})}>{t("audit.clearAll")}</Button>}
        >
          <p>{t("audit.noneMore")}</p>
        </Empty>
      );
    }
    return (
      <Table
        {...{ rows, total, view, apply }}
        busy={list.isPending}
        more={list.hasNextPage && !list.isPlaceholderData}
        loadMore={() => {
          if (!list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
        }}
        failed={list.isFetchNextPageError ? () => void list.fetchNextPage() : undefined}
      />
    );
  }
}
