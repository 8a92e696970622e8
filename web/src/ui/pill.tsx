/** A state: shape, word and colour together, never colour alone. */

import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons";
import css from "./pill.module.css";

type Kind = "plain" | "ok" | "warn" | "rec";

export function Pill({
  kind,
  icon,
  children,
}: {
  kind: Kind;
  icon: IconName;
  children: ReactNode;
}) {
  return (
    <span className={`${css.pill} ${css[kind]}`}>
      <Icon name={icon} small />
      {children}
    </span>
  );
}
