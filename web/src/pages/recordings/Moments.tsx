/** The moments as a list: the accessible twin of the waveform, and the quick one. */

import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { place } from "../../lib/time";
import type { Track } from "../../player/engine";
import * as engine from "../../player/engine";
import { usePlace } from "../../player/use";
import { Icon } from "../../ui/icons";
import css from "./Moments.module.css";
import { moments } from "./timeline";

interface Props {
  recording: Recording;
  track: Track;
  audible: boolean;
}

export function Moments({ recording, track, audible }: Props) {
  const { t } = useTranslation();
  const list = moments(recording, track, t);
  const now = usePlace();
  const current = audible ? list.findLast((moment) => moment.atMs <= now + 999)?.key : undefined;
  return (
    <section className={css.card} aria-labelledby="moments">
      <h2 id="moments">
        {t("detail.moments")} <span>{list.length}</span>
      </h2>
      {list.length === 0 && <p className={css.none}>{t("detail.noMoments")}</p>}
      <ul>
        {list.map((moment) => (
          <li key={moment.key} aria-current={moment.key === current ? "true" : undefined}>
            <button type="button" disabled={!audible} onClick={() => engine.seek(moment.atMs)}>
              <span className={`${css.time} figures`}>{place(moment.atMs)}</span>
              <Icon name={moment.icon} />
              <span className={css.text}>
                <b>{moment.what}</b> <span>{moment.more}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
