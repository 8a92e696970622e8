/** A password or token that is shown once. */

import { useTranslation } from "react-i18next";
import { copy } from "../player/use";
import { Button } from "./button";
import { Icon } from "./icons";
import css from "./secret.module.css";
import { toast } from "./toast";

interface Props {
  secret: string;
  label: string;
  hint: string;
  close: () => void;
}

export function Secret({ secret, label, hint, close }: Props) {
  const { t } = useTranslation();
  const take = async () => {
    if (await copy(secret)) toast(t("app.copied"));
  };
  return (
    <div className={css.secret}>
      <p>
        <b>{label}</b> {hint}
      </p>
      <output className="mono">{secret}</output>
      <div>
        <Button onClick={() => void take()}>
          <Icon name="copy" />
          {t("app.copy")}
        </Button>
        <Button look="primary" onClick={close}>
          {t("app.done")}
        </Button>
      </div>
    </div>
  );
}
