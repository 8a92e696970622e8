/** What is shown of a call in progress, in the table and on the phone alike. */

import { useTranslation } from "react-i18next";
import type { Running } from "../../api/live";
import { localParty, partiesOf, remoteParty } from "../../lib/text";
import { place } from "../../lib/time";
import { Pill } from "../../ui/pill";
import { Direction } from "../recordings/cells";
import css from "./parts.module.css";

/** The names and numbers of both parties. */
export function parties(call: Running, withheld: string) {
  const known = partiesOf(call);
  const remote = { ...known, remoteName: call.remoteName || known.remoteName || "" };
  return { local: localParty(known, withheld), remote: remoteParty(remote, withheld) };
}

export function StatePill({ of }: { of: Running }) {
  const { t } = useTranslation();
  if (of.paused) return <Pill {...{ kind: "warn", icon: "pause" }}>{t("live.paused")}</Pill>;
  if (of.kept) return <Pill {...{ kind: "rec", icon: "dot" }}>{t("live.recording")}</Pill>;
  return <Pill {...{ kind: "plain", icon: "none" }}>{t("live.notRecording")}</Pill>;
}

/** How long it lasts. */
export function Time({ of, now }: { of: Running; now: number }) {
  return <span className={css.clock}>{place(now - of.beganMs)}</span>;
}

export function Local({ of }: { of: Running }) {
  const { t } = useTranslation();
  const { local } = parties(of, t("list.withheld"));
  const more = of.owner?.group || of.deviceName;
  return (
    <>
      <span className={css.party}>
        <span className={css.name} title={local.name}>
          {local.name}
        </span>
        <span className={css.number}>{local.number}</span>
      </span>
      {more && <span className={css.more}>{more}</span>}
    </>
  );
}

export function Remote({ of }: { of: Running }) {
  const { t } = useTranslation();
  const { remote } = parties(of, t("list.withheld"));
  return (
    <span className={css.party}>
      <Direction of={of.direction} />
      <span className={css.name} title={remote.name}>
        {remote.name}
      </span>
      <span className={css.number}>{remote.number}</span>
    </span>
  );
}

/** What is to be known of it now: that one listens, that a party is silent, who paused it. */
export function Why({ of, now, heardMs }: { of: Running; now: number; heardMs: Heard }) {
  const { t } = useTranslation();
  if (heardMs !== "no") {
    const behind = heardMs === undefined ? undefined : now - of.beganMs - heardMs;
    const n = Math.max(0, Math.round((behind ?? 0) / 1000));
    return (
      <span className={`${css.more} ${css.listening}`}>
        {behind === undefined ? t("live.listeningSoon") : t("live.listening", { n })}
      </span>
    );
  }
  if (of.paused) {
    const by = of.pausedBy;
    const who = !by || by === "client" ? t("live.pausedByClient") : t("live.pausedBy", { who: by });
    return <span className={css.more}>{who}</span>;
  }
  if (of.onHold) return <span className={css.more}>{t("live.onHold")}</span>;
  for (const [since, text] of [
    [of.silentSince?.remote, "live.silentRemote"],
    [of.silentSince?.local, "live.silentLocal"],
  ] as const) {
    const n = since ? Math.round((now - Date.parse(since)) / 1000) : 0;
    if (n > 0) return <span className={`${css.more} ${css.bad}`}>{t(text, { n })}</span>;
  }
  const mode = modeText(of);
  return mode && <span className={css.more}>{t(mode)}</span>;
}

function modeText(of: Running) {
  if (of.undecided) return "live.undecided";
  if (of.kept) return undefined;
  if (of.trigger === "on-demand") return "live.onDemand";
  if (of.trigger === "keep-late") return "live.keepLate";
  return of.trigger === "never" ? "live.never" : undefined;
}

/** Where in the call the sound is that one hears; `no`: one does not listen to it. */
export type Heard = number | undefined | "no";

export function Through({ of }: { of: Running }) {
  const codecs = [...new Set(of.streams.map((stream) => stream.codec).filter(Boolean))];
  return (
    <>
      <span className={css.client} title={of.client}>
        {of.client}
      </span>
      <span className={css.more}>{codecs.join(", ")}</span>
    </>
  );
}
