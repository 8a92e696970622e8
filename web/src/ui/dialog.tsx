/** Questions that have to be answered: only where something cannot be undone, or needs a reason. */

import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import css from "./dialog.module.css";
import { Icon } from "./icons";

interface FrameProps {
  open: boolean;
  close: () => void;
  title: string;
  wide?: boolean | undefined;
  children: ReactNode;
}

/** A dialog: the browser's own, which keeps the focus inside and gives it back. */
export function Frame({ open, close, title, wide, children }: FrameProps) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={wide ? css.wide : css.dialog}
      onClose={close}
      aria-labelledby={id}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <Button look="quiet" icon aria-label={t("app.close")} onClick={close}>
          <Icon name="close" />
        </Button>
      </header>
      {open && children}
    </dialog>
  );
}

interface Props extends FrameProps {
  /** What the button says that does it. */
  action: string;
  danger?: boolean;
  busy?: boolean;
  /** Why it cannot be done yet. */
  refused?: string | undefined;
  /** What went wrong. */
  trouble?: ReactNode;
  submit: (form: FormData) => void;
}

/** A form in a dialog: Enter does it, Escape leaves. */
export function Dialog(props: Props) {
  const { t } = useTranslation();
  const { close, action, danger, busy = false, refused, trouble, children, ...frame } = props;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy && refused === undefined) props.submit(new FormData(event.currentTarget));
  };
  return (
    <Frame {...frame} close={close}>
      <form onSubmit={submit} className={css.form}>
        {children}
        {trouble}
        <div className={css.buttons}>
          <Button onClick={close}>{t("app.cancel")}</Button>
          <Button look={danger ? "danger" : "primary"} {...{ busy, refused }} submit>
            {action}
          </Button>
        </div>
      </form>
    </Frame>
  );
}
