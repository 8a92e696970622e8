/** A box that narrows a table while one types. */

import { useRef } from "react";
import css from "./filter.module.css";
import { Icon } from "./icons";
import { useKeys } from "./keyboard";

interface Props {
  label: string;
  typed: string;
  type: (text: string) => void;
}

export function Filter({ label, typed, type }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => input.current?.focus() });
  return (
    <label className={css.filter}>
      <Icon name="search" />
      <span className="unseen">{label}</span>
      <input
        ref={input}
        type="search"
        placeholder={label}
        value={typed}
        onChange={(event) => type(event.target.value)}
      />
    </label>
  );
}
