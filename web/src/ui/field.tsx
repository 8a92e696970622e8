/** A labelled input: what is wrong with it stands beneath it, and is read out with it. */

import { type ComponentProps, type ReactNode, useId } from "react";
import css from "./field.module.css";

interface About {
  label: string;
  hint?: ReactNode;
  /** What is wrong with what was typed. */
  wrong?: ReactNode;
}

interface Described {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

function Around({ about, children }: { about: About; children: (input: Described) => ReactNode }) {
  const id = useId();
  const said = about.wrong || about.hint;
  return (
    <div className={css.field}>
      <label htmlFor={id}>{about.label}</label>
      {children({
        id,
        ...(said ? { "aria-describedby": `${id}-said` } : {}),
        ...(about.wrong ? { "aria-invalid": true } : {}),
      })}
      {said && (
        <p id={`${id}-said`} className={about.wrong ? css.wrong : css.hint}>
          {said}
        </p>
      )}
    </div>
  );
}

export function Field({ label, hint, wrong, ...rest }: About & ComponentProps<"input">) {
  return (
    <Around about={{ label, hint, wrong }}>{(input) => <input {...rest} {...input} />}</Around>
  );
}

export function TextField({ label, hint, wrong, ...rest }: About & ComponentProps<"textarea">) {
  return (
    <Around about={{ label, hint, wrong }}>
      {(input) => <textarea rows={4} {...rest} {...input} />}
    </Around>
  );
}

/** One of a few: the browser's own list. */
export function Select({ label, hint, wrong, ...rest }: About & ComponentProps<"select">) {
  return (
    <Around about={{ label, hint, wrong }}>{(input) => <select {...rest} {...input} />}</Around>
  );
}
