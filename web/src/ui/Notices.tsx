/** What is not well with the system, at the foot of the navigation, for those who may manage. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { me } from "../api/session";
import { Icon } from "./icons";
import css from "./Shell.module.css";

const LOOK_MS = 60_000;

export function Notices() {
  const { t } = useTranslation();
  const { data } = useQuery({ ...me, refetchInterval: LOOK_MS });
  const [worst, ...others] = data?.notices ?? [];
  if (!worst) return null;
  const { level, fact, consequence } = worst;
  return (
    <Link
      to="/health"
      className={`${css.notices} ${level === "error" ? css.bad : ""}`}
      title={`${fact}. ${consequence}`}
    >
      <Icon name={level === "error" ? "failed" : "warning"} />
      <span>
        <b lang="en">{fact}</b>
        <span lang="en">{consequence}</span>
        {others.length > 0 && <span>{t("app.moreNotices", { count: others.length })}</span>}
      </span>
    </Link>
  );
}
