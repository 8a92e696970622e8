/** What can be done with a call in progress. What cannot says why. */

import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Refused } from "../../api/errors";
import { mark, type Running, wish } from "../../api/live";
import { noticeExpired, useMe } from "../../api/session";
import { place } from "../../lib/time";
import * as ear from "../../player/ear";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { toast } from "../../ui/toast";
import css from "./Actions.module.css";
import { parties } from "./parts";

interface Props {
  of: Running;
  listening: boolean;
  /** Asks whether recording is to be stopped. */
  stop: () => void;
}

type Doing = "start" | "pause" | "resume" | "mark";

export function Actions({ of, listening, stop }: Props) {
  const { t } = useTranslation();
  const why = useReasons(of);
  const who = parties(of, t("list.withheld")).remote.name;
  const doing = useMutation({
    mutationFn: (what: Doing) =>
      what === "mark" ? mark(of.id, t("live.markText")) : wish(of.id, what),
    onSuccess: (_, what) => toast(said(what)),
    onError: (error) => {
      noticeExpired(error);
      toast(error instanceof Refused && error.detail ? error.detail : t("trouble.lost"));
    },
  });
  const said = (what: Doing) => {
    if (what === "mark") return t("live.marked", { place: place(Date.now() - of.beganMs) });
    const texts = { start: "started", pause: "pausedNow", resume: "resumed" } as const;
    return t(`live.${texts[what]}`);
  };
  const named = (action: string) => t("live.who", { action, who });
  const busy = (what: Doing) => doing.isPending && doing.variables === what;
  const listen = () => (listening ? ear.stop() : ear.listen(of.id));
  return (
    <span className={css.actions}>
      <Button
        small
        icon
        pressed={listening}
        refused={listening ? undefined : why.listen}
        aria-label={named(t(listening ? "live.listenEnd" : "live.listen"))}
        onClick={listen}
      >
        <Icon name="ear" />
      </Button>
      <Button
        small
        icon
        refused={why.mark}
        busy={busy("mark")}
        aria-label={named(t("live.mark"))}
        onClick={() => doing.mutate("mark")}
      >
        <Icon name="mark" />
      </Button>
      <Change {...{ of, why, busy, named }} doing={doing.mutate} />
      <Button small icon refused={why.stop} aria-label={named(t("live.stop"))} onClick={stop}>
        <Icon name="stop" />
      </Button>
    </span>
  );
}

interface ChangeProps {
  of: Running;
  why: ReturnType<typeof useReasons>;
  busy: (what: Doing) => boolean;
  named: (action: string) => string;
  doing: (what: Doing) => void;
}

/** The one that changes what is recorded: start, pause or resume. */
function Change({ of, why, busy, named, doing }: ChangeProps) {
  const { t } = useTranslation();
  const kept = of.paused ? "resume" : "pause";
  const what = of.kept ? kept : "start";
  return (
    <Button
      small
      refused={what === "start" ? why.start : why.pause}
      busy={busy(what)}
      aria-label={named(t(`live.${what}`))}
      onClick={() => doing(what)}
    >
      <Icon name={what === "pause" ? "pause" : "dot"} />
      {t(`live.${what}`)}
    </Button>
  );
}

/** Why each is refused; undefined: it is not. */
function useReasons(of: Running) {
  const { t } = useTranslation();
  const { may } = useMe();
  const without = (right: string, reason: string) =>
    of.allowed.includes(right) ? undefined : reason;
  const unrecorded = of.kept ? undefined : t("live.notRecorded");
  const restricted = of.trigger === "always" && may.includes("pause");
  return {
    start:
      without("start", t("live.noStart")) ??
      (of.trigger === "never" ? t("live.neverStart") : undefined),
    stop:
      without("stop", t("live.noStop")) ??
      unrecorded ??
      (of.trigger === "always" && !of.undecided ? t("live.noStopAlways") : undefined),
    pause: without("pause", t(restricted ? "live.noPauseAlways" : "live.noPause")),
    mark: without("annotate", t("live.noMark")) ?? unrecorded,
    listen:
      without("listen", t("live.noListen")) ??
      unrecorded ??
      (of.paused ? t("live.isPaused") : undefined),
  };
}
