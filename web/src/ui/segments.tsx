/** One of a few, side by side: a period, a kind. */

import css from "./segments.module.css";

interface Props<T extends string> {
  label: string;
  options: readonly (readonly [value: T, text: string])[];
  value: T;
  choose: (value: T) => void;
}

export function Segments<T extends string>({ label, options, value, choose }: Props<T>) {
  return (
    <div role="group" aria-label={label} className={css.segments}>
      {options.map(([one, text]) => (
        <button key={one} type="button" aria-pressed={one === value} onClick={() => choose(one)}>
          {text}
        </button>
      ))}
    </div>
  );
}
