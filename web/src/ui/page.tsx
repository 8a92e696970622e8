/** What every page but the list and a recording begins with: its title, and what one does there. */

import type { ReactNode } from "react";
import css from "./page.module.css";
import { useTitle } from "./title";

interface Props {
  title: string;
  /** Beside the title: a count, a state. */
  aside?: ReactNode;
  /** At the right: search, buttons. */
  tools?: ReactNode;
  /** Whether the content touches the edges, as tables do. */
  wide?: boolean;
  children: ReactNode;
}

export function Page({ title, aside, tools, wide = false, children }: Props) {
  useTitle(title);
  return (
    <>
      <header className={css.head}>
        <h1>{title}</h1>
        {aside && <div className={css.aside}>{aside}</div>}
        {tools && <div className={css.tools}>{tools}</div>}
      </header>
      <div
        className={wide ? css.wide : css.body}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
        tabIndex={0}
      >
        {children}
      </div>
    </>
  );
}

interface CardProps {
  title: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}

/** A part of a page with a frame and a heading of its own. */
export function Card({ title, aside, children }: CardProps) {
  return (
    <section className={css.card}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
