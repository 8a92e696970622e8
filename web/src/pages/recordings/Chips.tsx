/** The filters in force, each a chip that can be edited or taken away; and the total. */

import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { filtersOf, understand } from "../../lib/search/understand";
import { number } from "../../lib/time";
import { type View, withoutFilters } from "../../lib/view";
import { Bold, unmarked } from "../../ui/bold";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import css from "./Chips.module.css";
import { shown } from "./filters";

interface Props {
  view: View;
  total: number | undefined;
  apply: (view: View) => void;
  /** Takes a chip back into the search box. */
  edit: (typed: string, without: View) => void;
}

/** What is filtered by most, as one would type it. */
const DAYS = ["today", "yesterday", "last 7 days"] as const;
const OFTEN = ["> 5 min", "is:noted", "is:preserved", "is:held", "is:poor", "is:interrupted"];

export function Chips({ view, total, apply, edit }: Props) {
  const { t, i18n } = useTranslation();
  const chips = shown(view, t, i18n.language);
  return (
    <div className={css.chips} role="group" aria-label={t("list.filters")}>
      {chips.map((chip) => (
        <span key={chip.key} className={css.chip}>
          <button
            type="button"
            className={css.edit}
            aria-label={t("list.edit", { filter: unmarked(chip.text) })}
            onClick={() => edit(chip.typed, chip.without)}
          >
            <Bold text={chip.text} />
          </button>
          <button
            type="button"
            className={css.remove}
            aria-label={t("list.remove", { filter: unmarked(chip.text) })}
            onClick={() => apply(chip.without)}
          >
            <Icon name="close" small />
          </button>
        </span>
      ))}
      <AddFilter view={view} apply={apply} />
      {chips.length > 1 && (
        <Button look="quiet" small onClick={() => apply(withoutFilters(view))}>
          {t("list.clearAll")}
        </Button>
      )}
      <span className={css.total} role="status">
        {total !== undefined && t("list.total", { count: total, n: number(total, i18n.language) })}
      </span>
    </div>
  );
}

type AddProps = Pick<Props, "view" | "apply">;

function AddFilter(props: AddProps) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button look="chip">
          <Icon name="plus" />
          {t("list.addFilter")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Often {...props} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** A component of its own, since it is only there while the menu is open. */
function Often({ view, apply }: AddProps) {
  const { t, i18n } = useTranslation();
  const reader = { now: new Date(), monthFirst: false };
  const read = (text: string) => filtersOf(understand(text, reader).tokens);
  const choices: [string, View][][] = [
    DAYS.map((text) => [t(`often.${text}`), read(text)]),
    [
      [unmarked(t("filter.in")), { dir: "in" }],
      [unmarked(t("filter.out")), { dir: "out" }],
    ],
    OFTEN.map((text) => {
      const [chip] = shown(read(text), t, i18n.language);
      return [unmarked(chip?.text ?? text), read(text)];
    }),
  ];
  return choices.flatMap((group, index) => [
    index > 0 && <Menu.Divider key={`before ${group[0]?.[0]}`} />,
    ...group.map(([label, filters]) => (
      <Menu.Item key={label} onClick={() => apply({ ...view, ...filters })}>
        {label}
      </Menu.Item>
    )),
  ]);
}
