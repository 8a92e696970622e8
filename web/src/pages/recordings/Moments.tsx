/** The moments as a list: the accessible twin of the waveform, and the quick one. */

import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import { addMark, removeMark } from "../../api/recording";
import { place } from "../../lib/time";
import type { Track } from "../../player/engine";
import * as engine from "../../player/engine";
import { usePlace } from "../../player/use";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { toast } from "../../ui/toast";
import css from "./Moments.module.css";
import { type Moment, moments } from "./timeline";
import { Wrong } from "./Wrong";

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
  const refused = recording.allowed.includes("annotate") ? undefined : t("detail.mayNotAnnotate");
  const removing = useMutation({
    mutationFn: ({ mark = 0 }: Moment) => removeMark(recording.id, mark),
    onSuccess: (_, { atMs, what }) =>
      toast(t("detail.markRemoved", { text: what }), () => {
        void addMark(recording.id, atMs, what).catch(() => undefined);
      }),
  });
  return (
    <section className={css.card} aria-labelledby="moments">
      <h2 id="moments">
        {t("detail.moments")} <span>{list.length}</span>
      </h2>
      {list.length === 0 && <p className={css.none}>{t("detail.noMoments")}</p>}
      <ul>
        {list.map((moment) => (
          <li key={moment.key} aria-current={moment.key === current ? "true" : undefined}>
            <button
              type="button"
              className={css.go}
              disabled={!audible}
              onClick={() => engine.seek(moment.atMs)}
            >
              <span className={`${css.time} figures`}>{place(moment.atMs)}</span>
              <span className={css[moment.icon]}>
                <Icon name={moment.icon} />
              </span>
              <span className={css.text}>
                <b>{moment.what}</b> <span>{moment.more}</span>
              </span>
            </button>
            {moment.mark !== undefined && (
              <Button
                look="quiet"
                small
                icon
                refused={refused}
                aria-label={t("detail.removeMark", { text: moment.what })}
                onClick={() => removing.mutate(moment)}
              >
                <Icon name="remove" />
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Wrong error={removing.error} />
    </section>
  );
}
