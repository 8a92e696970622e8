/** A note bar: a bold fact, a plain consequence, at most one button. */

import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons";
import css from "./notice.module.css";

const ICONS: Record<Kind, IconName> = {
  info: "info",
  ok: "done",
  warn: "warning",
  error: "failed",
};

type Kind = "info" | "ok" | "warn" | "error";

interface Props {
  kind: Kind;
  fact: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}

export function Notice({ kind, fact, children, action }: Props) {
  return (
    <div className={`${css.notice} ${css[kind]}`} role={kind === "error" ? "alert" : "status"}>
      <Icon name={ICONS[kind]} />
      <p>
        <b>{fact}</b> {children && <span className={css.rest}>{children}</span>}
      </p>
      {action}
    </div>
  );
}

/** The middle of a page that has nothing else to show. */
export function Empty({ icon, title, page = false, children, actions }: EmptyProps) {
  const Heading = page ? "h1" : "h2";
  return (
    <div className={css.empty}>
      <Icon name={icon} />
      <Heading>{title}</Heading>
      {children}
      {actions && <div className={css.actions}>{actions}</div>}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  /** Whether it is all there is on the page. */
  page?: boolean;
  children?: ReactNode;
  actions?: ReactNode;
}
