/** Buttons. */

import type { ComponentProps, ReactNode } from "react";
import css from "./button.module.css";

type Look = "plain" | "primary" | "quiet" | "round" | "chip";

interface Props extends Omit<ComponentProps<"button">, "type" | "disabled"> {
  look?: Look;
  small?: boolean;
  /** A square with an icon; needs `aria-label`. */
  icon?: boolean;
  pressed?: boolean;
  submit?: boolean;
  children: ReactNode;
}

export function Button(props: Props) {
  const { look = "plain", small, icon, pressed, submit, className, ...rest } = props;
  const classes = [css.button, css[look], small && css.small, icon && css.icon, className];
  return (
    <button
      {...rest}
      type={submit ? "submit" : "button"}
      className={classes.filter(Boolean).join(" ")}
      aria-pressed={pressed}
    />
  );
}
