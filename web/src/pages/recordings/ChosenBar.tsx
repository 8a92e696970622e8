/** What can be done with the ticked recordings, below the list. */

import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/client";
import { useMe } from "../../api/session";
import { number } from "../../lib/time";
import { Bold } from "../../ui/bold";
import { Button } from "../../ui/button";
import { Icon, type IconName } from "../../ui/icons";
import css from "./ChosenBar.module.css";
import { type Action, RIGHTS } from "./changes";
import type { Chosen } from "./chosen";

interface Props {
  chosen: Chosen;
  rows: Summary[];
  total: number | undefined;
  act: (action: Action) => void;
}

const ACTIONS: [Action, IconName][] = [
  ["tag", "tag"],
  ["untag", "untag"],
  ["preserve", "preserve"],
  ["release", "release"],
  ["delete", "close"],
];

export function ChosenBar({ chosen, rows, total, act }: Props) {
  const { t, i18n } = useTranslation();
  const { may } = useMe();
  const count = chosen.all ? (total ?? 0) : chosen.ids.size;
  const say = { count, n: number(count, i18n.language) };
  const refused = (action: Action): string | undefined => {
    const right = RIGHTS[action];
    const allowed = chosen.all
      ? may.includes(right)
      : rows.some((row) => row.allowed.includes(right));
    if (!allowed) return t("bulk.noneAllowed");
    const tagless = action === "untag" && !chosen.all && rows.every((row) => row.tags.length === 0);
    return tagless ? t("bulk.untagged") : undefined;
  };
  return (
    <section className={css.bar} aria-label={t("bulk.region")}>
      <p role="status">
        <Bold text={t(chosen.all ? "bulk.all" : "bulk.count", say)} />
      </p>
      {!chosen.all && total !== undefined && total > count && (
        <Button look="quiet" small onClick={chosen.takeAll}>
          {t("bulk.takeAll", { n: number(total, i18n.language) })}
        </Button>
      )}
      <div className={css.actions}>
        {ACTIONS.map(([action, icon]) => (
          <Button
            key={action}
            small
            look={action === "delete" ? "danger" : "plain"}
            refused={refused(action)}
            onClick={() => act(action)}
          >
            <Icon name={icon} />
            {t(`bulk.${action}`)}
          </Button>
        ))}
      </div>
      <Button look="quiet" icon small aria-label={t("bulk.clear")} onClick={chosen.clear}>
        <Icon name="close" />
      </Button>
    </section>
  );
}
