/** Buttons. One that cannot be pressed says why, and can still be reached. */

import type { ComponentProps, MouseEvent, ReactNode } from "react";
import css from "./button.module.css";

type Look = "plain" | "primary" | "quiet" | "danger" | "round" | "chip";

interface Props extends Omit<ComponentProps<"button">, "type" | "disabled"> {
  look?: Look;
  small?: boolean;
  /** A square with an icon; needs `aria-label`. */
  icon?: boolean;
  pressed?: boolean;
  submit?: boolean;
  /** Why it cannot be pressed now. */
  refused?: string | undefined;
  /** It is being done. */
  busy?: boolean;
  children: ReactNode;
}

interface LinkProps extends Pick<Props, "look" | "small" | "icon" | "refused" | "children"> {
  href: string;
  /** Whether the file is kept and not shown. */
  download?: boolean;
  "aria-label"?: string;
}

/** What looks like a button and is an address, such as a file to take. */
export function ButtonLink({ look = "plain", small, icon, refused, href, ...rest }: LinkProps) {
  const classes = [css.button, css[look], small && css.small, icon && css.icon];
  const className = classes.filter(Boolean).join(" ");
  if (refused !== undefined) {
    const { children, download: _, ...said } = rest;
    return (
      <Button {...said} {...{ look, small: small ?? false, icon: icon ?? false, refused }}>
        {children}
      </Button>
    );
  }
  return <a {...rest} href={href} className={className} />;
}

export function Button(props: Props) {
  const { look = "plain", small, icon, pressed, submit, refused, busy, className, ...rest } = props;
  const classes = [css.button, css[look], small && css.small, icon && css.icon, className];
  const stopped = refused !== undefined || busy;
  const stop = (event: MouseEvent) => event.preventDefault();
  return (
    <button
      {...rest}
      {...(stopped && { onClick: stop, "aria-disabled": true })}
      {...(refused !== undefined && { title: refused, "aria-description": refused })}
      type={submit ? "submit" : "button"}
      className={classes.filter(Boolean).join(" ")}
      aria-pressed={pressed}
      aria-busy={busy || undefined}
    />
  );
}
