/** A password or token that is shown once. */

import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { toast } from "../../ui/toast";
import css from "./people.module.css";

interface Props {
  secret: string;
  label: string;
  hint: string;
  close: () => void;
}

export function Secret({ secret, label, hint, close }: Props) {
  const { t } = useTranslation();
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    toast(t("people.copied"));
  };
  return (
    <div className={css.secret}>
      <p>
        <b>{label}</b> {hint}
      </p>
      <output className="mono">{secret}</output>
      <div>
        <Button onClick={() => void copy()}>
          <Icon name="copy" />
          {t("people.copy")}
        </Button>
        <Button look="primary" onClick={close}>
          {t("people.done")}
        </Button>
      </div>
    </div>
  );
}
