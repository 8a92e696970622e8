/** Buttons. One that may not be pressed stays where it is, can be reached, and says why. */

import { type ComponentProps, type ReactNode, useId } from "react";
import css from "./button.module.css";

type Look = "plain" | "primary" | "quiet" | "danger" | "round" | "chip";

interface Props extends Omit<ComponentProps<"button">, "type" | "disabled"> {
  look?: Look;
  small?: boolean;
  /** A square with an icon; needs `aria-label`. */
  icon?: boolean;
  pressed?: boolean;
  submit?: boolean;
  /** Why it cannot be pressed; empty: it can. */
  refused?: string | undefined;
  children: ReactNode;
}

export function Button(props: Props) {
  const { look = "plain", small, icon, pressed, submit, refused, className, ...rest } = props;
  const reason = useId();
  const classes = [css.button, css[look], small && css.small, icon && css.icon, className];
  const button = (
    <button
      {...rest}
      type={submit ? "submit" : "button"}
      className={classes.filter(Boolean).join(" ")}
      aria-pressed={pressed}
      aria-disabled={refused ? true : undefined}
      aria-describedby={refused ? reason : rest["aria-describedby"]}
      onClick={refused ? (event) => event.preventDefault() : rest.onClick}
    />
  );
  if (!refused) return button;
  return (
    <span className={css.refused}>
      {button}
      <span id={reason} role="tooltip" className={css.reason}>
        {refused}
      </span>
    </span>
  );
}
