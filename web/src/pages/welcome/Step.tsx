/** One step of the way, done or not. */

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../ui/icons";
import css from "./Welcome.module.css";

interface Props {
  number: number;
  done: boolean;
  title: string;
  /** At the right: what to do, or where to look. */
  action?: ReactNode;
  children: ReactNode;
}

export function Step({ number: place, done, title, action, children }: Props) {
  const { t } = useTranslation();
  return (
    <li className={done ? css.done : css.open}>
      <span className={css.number}>
        {done ? <Icon name="done" /> : place}
        {done && <span className="unseen">{t("welcome.done")}</span>}
      </span>
      <div className={css.what}>
        <h3>{title}</h3>
        {children}
      </div>
      {action}
    </li>
  );
}
