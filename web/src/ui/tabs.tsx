/** A few views of one page, as links in a row. */

import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import css from "./tabs.module.css";

interface Tab {
  to: NonNullable<LinkProps["to"]>;
  text: ReactNode;
}

export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav className={css.tabs} aria-label={label}>
      {tabs.map(({ to, text }) => (
        <Link key={to} to={to} activeProps={{ "aria-current": "page" }}>
          {text}
        </Link>
      ))}
    </nav>
  );
}
