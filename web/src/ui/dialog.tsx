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
    if (!open) {
      dialog.current?.close();
      return;
    }
    dialog.current?.showModal();
    // Whoever is asked something begins with the answer, not with leaving.
    const fields = dialog.current?.querySelectorAll<HTMLElement>("input, textarea, select") ?? [];
    const [first] = fields;
    ([...fields].find((one) => one.dataset.first) ?? first)?.focus();
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
  /** What the button says that does it; missing: there is nothing left to do. */
  action: string | undefined;
  /** What the button says that leaves. */
  cancel?: string | undefined;
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
  const { close, action, cancel, danger, busy = false, refused, trouble, children } = props;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (action && !busy && refused === undefined) props.submit(new FormData(event.currentTarget));
  };
  return (
    <Frame open={props.open} title={props.title} wide={props.wide} close={close}>
      <form onSubmit={submit} className={css.form}>
        {children}
        {trouble}
        <div className={css.buttons}>
          <Button onClick={close}>{cancel ?? t("app.cancel")}</Button>
          {action && (
            <Button look={danger ? "danger" : "primary"} {...{ busy, refused }} submit>
              {action}
            </Button>
          )}
        </div>
      </form>
    </Frame>
  );
}
