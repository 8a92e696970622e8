/** Whether the audit is as it was written: what was checked, and when. */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { auditChain, type Checked } from "../../api/audit";
import { number, write } from "../../lib/time";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { TroubleLine } from "../Trouble";
import css from "./Chain.module.css";

export function Chain() {
  const { t } = useTranslation();
  const check = useQuery(auditChain);
  const again = (
    <Button small busy={check.isFetching} onClick={() => void check.refetch()}>
      {t("audit.checkAgain")}
    </Button>
  );
  if (check.isError && !check.isFetching) {
    return (
      <div className={css.chain}>
        <div className={css.said}>
          <TroubleLine error={check.error} />
        </div>
        {again}
      </div>
    );
  }
  return (
    <div className={css.chain}>
      <div role="status" className={css.said}>
        {check.isFetching || !check.data ? (
          <p>
            <b>{t("audit.chainChecking")}</b> {t("audit.chainCheckingMore")}
          </p>
        ) : (
          <State {...check.data} />
        )}
      </div>
      {again}
    </div>
  );
}

function State({ chain, at, tookMs }: Checked) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const time = write(at, "full", language);
  const unit = { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: 1 };
  const took = new Intl.NumberFormat(language, unit as Intl.NumberFormatOptions).format(
    Math.max(tookMs, 100) / 1000,
  );
  if (chain.broken || !chain.intact) {
    const { row = 0, why = "" } = chain.broken ?? {};
    return (
      <p className={css.broken} role="alert">
        <Icon name="failed" />
        <span>
          <b>{t("audit.chainBroken", { row: number(row, language) })}</b>{" "}
          {t("audit.chainBrokenMore", { why, time })}
        </span>
      </p>
    );
  }
  const count = { count: chain.rows, n: number(chain.rows, language) };
  return (
    <p className={css.whole}>
      <Icon name="verified" />
      <span>
        <b>{t("audit.chainUnbroken")}</b> {t("audit.chainMore", { ...count, time, took })}
      </span>
      {chain.head.number > 0 && (
        <span className={`mono ${css.seal}`} title={chain.head.hash}>
          {t("audit.head", { seal: shortSeal(chain.head.hash) })}
        </span>
      )}
    </p>
  );
}

/** `6c04…e07a`: enough to compare by eye. */
export function shortSeal(hash: string): string {
  return hash.length > 8 ? `${hash.slice(0, 4)}…${hash.slice(-4)}` : hash;
}
