/** Why nothing was found: which filter to drop, and what one's rights cover. */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { recordingCount } from "../../api/recordings";
import { useMe } from "../../api/session";
import { number } from "../../lib/time";
import { type View, withoutFilters } from "../../lib/view";
import { unmarked } from "../../ui/bold";
import { Button } from "../../ui/button";
import { Empty } from "../../ui/notice";
import { type Shown, shown } from "./filters";

export function NothingFound({ view, apply }: { view: View; apply: (view: View) => void }) {
  const { t, i18n } = useTranslation();
  const chips = shown(view, t, i18n.language);
  return (
    <Empty
      icon="search"
      title={t("empty.filtered", { count: chips.length })}
      actions={
        <>
          {chips.map((chip) => (
            <Button key={chip.key} onClick={() => apply(chip.without)}>
              {t("empty.dropIt", { filter: unmarked(chip.text) })}
            </Button>
          ))}
          {chips.length > 1 && (
            <Button look="quiet" onClick={() => apply(withoutFilters(view))}>
              {t("list.clearAll")}
            </Button>
          )}
        </>
      }
    >
      {chips.map((chip) => (
        <Without key={chip.key} chip={chip} />
      ))}
      <p>
        <Reach />
      </p>
    </Empty>
  );
}

function Without({ chip }: { chip: Shown }) {
  const { t, i18n } = useTranslation();
  const count = useQuery(recordingCount(chip.without));
  if (count.data === undefined) return null;
  const n = number(count.data, i18n.language);
  const total = t("list.total", { count: count.data, n });
  return <p>{t("empty.drop", { filter: unmarked(chip.text), n: total })}</p>;
}

/** What one may see at all: the first thing to think of when something is not there. */
function Reach() {
  const { t, i18n } = useTranslation();
  const { user } = useMe();
  if (user.level >= 10) return t("empty.reachAll");
  if (user.supervises.length === 0) return t("empty.reachOwn");
  const groups = new Intl.ListFormat(i18n.language).format(user.supervises);
  return t("empty.reachSome", { groups });
}
