/** Calls in progress: a table, or cards where there is no room for one. */

import { useTranslation } from "react-i18next";
import type { Running } from "../../api/live";
import type { Hearing } from "../../player/ear";
import { useMedia } from "../../ui/media";
import { Actions } from "./Actions";
import css from "./Calls.module.css";
import { Levels } from "./Levels";
import { type Heard, Local, Remote, StatePill, Through, Time, Why } from "./parts";

interface Props {
  calls: Running[];
  now: number;
  hearing: Hearing;
  stop: (call: Running) => void;
}

/** Narrower than this the columns do not fit. */
const NARROW = "(max-width: 74.99rem)";

export function Calls(props: Props) {
  const narrow = useMedia(NARROW);
  return narrow ? <Cards {...props} /> : <Table {...props} />;
}

function heard(hearing: Hearing, call: Running): Heard {
  return hearing.id === call.id ? hearing.heardMs : "no";
}

function Table({ calls, now, hearing, stop }: Props) {
  const { t } = useTranslation();
  return (
    <table className={css.table}>
      <caption className="unseen">{t("live.caption")}</caption>
      <thead>
        <tr>
          <th className={css.state}>{t("live.state")}</th>
          <th className={css.time}>{t("live.time")}</th>
          <th>{t("live.local")}</th>
          <th className={css.remote}>{t("live.remote")}</th>
          <th className={css.levels}>
            {t("live.levels")}
            <span className="unseen">{t("live.levelsOrder")}</span>
          </th>
          <th className={css.through}>{t("live.through")}</th>
          <th className={css.actions}>{t("live.actions")}</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <tr key={call.id} data-on={hearing.id === call.id ? "selected" : undefined}>
            <td>
              <StatePill of={call} />
            </td>
            <td className={css.time}>
              <Time of={call} now={now} />
            </td>
            <td>
              <Local of={call} />
            </td>
            <td>
              <Remote of={call} />
              <Why of={call} now={now} heardMs={heard(hearing, call)} />
            </td>
            <td>
              <Levels of={call} now={now} />
            </td>
            <td>
              <Through of={call} />
            </td>
            <td>
              <Actions of={call} listening={hearing.id === call.id} stop={() => stop(call)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cards({ calls, now, hearing, stop }: Props) {
  const { t } = useTranslation();
  return (
    <ul className={css.cards} aria-label={t("live.caption")}>
      {calls.map((call) => (
        <li key={call.id} data-on={hearing.id === call.id ? "selected" : undefined}>
          <span className={css.line}>
            <StatePill of={call} />
            <Time of={call} now={now} />
          </span>
          <span className={css.who}>
            <span>
              <Remote of={call} />
            </span>
            <span>
              <Local of={call} />
            </span>
          </span>
          <Why of={call} now={now} heardMs={heard(hearing, call)} />
          <span className={css.line}>
            <Levels of={call} now={now} />
            <Actions of={call} listening={hearing.id === call.id} stop={() => stop(call)} />
          </span>
        </li>
      ))}
    </ul>
  );
}
