/** Users and groups: two views of one page. */

import { useTranslation } from "react-i18next";
import { Tabs } from "../../ui/tabs";

interface Props {
  users: number | undefined;
  groups: number | undefined;
}

export function PeopleTabs({ users, groups }: Props) {
  const { t } = useTranslation();
  const counted = (text: string, count: number | undefined) => (
    <>
      {text} <span className="figures">{count}</span>
    </>
  );
  return (
    <Tabs
      label={t("people.title")}
      tabs={[
        { to: "/users", text: counted(t("people.users"), users) },
        { to: "/groups", text: counted(t("people.groups"), groups) },
      ]}
    />
  );
}
