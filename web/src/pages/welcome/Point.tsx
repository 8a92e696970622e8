/** Where to send calls, and what to set in which recording client. */

import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { write } from "../../lib/time";
import { copy } from "../../player/use";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/notice";
import { Segments } from "../../ui/segments";
import { toast } from "../../ui/toast";
import { type Address, addresses } from "./address";
import { Step } from "./Step";
import { linesFor, SOURCES, type Source } from "./sources";
import css from "./Welcome.module.css";

interface Props {
  system: Schemas["System"];
  heard: Schemas["RecordingClient"][];
  done: boolean;
}

const HERE_ONLY = /^(127\.|localhost$|\[::1\]$)/;

export function Point({ system, heard, done }: Props) {
  const { t } = useTranslation();
  const found = addresses(system, window.location.hostname);
  const [first] = found;
  return (
    <Step number={3} done={done} title={t("welcome.point")}>
      <p>
        {t("welcome.pointMore")} {t("welcome.who")}{" "}
        <Link to="/clients" className={css.link}>
          {t("welcome.seeClients")}
        </Link>
      </p>
      {!first && <Notice kind="warn" fact={t("welcome.noListener")} />}
      {first && (
        <>
          <ul className={css.addresses}>
            {found.map((one) => (
              <Where key={one.uri} of={one} />
            ))}
          </ul>
          {HERE_ONLY.test(first.host) && <Notice kind="warn" fact={t("welcome.loopback")} />}
          <HowTo to={first} />
        </>
      )}
      <LastHeard of={heard} />
    </Step>
  );
}

function useCopy() {
  const { t } = useTranslation();
  return (text: string) => void copy(text).then((done) => done && toast(t("welcome.copied")));
}

function Where({ of }: { of: Address }) {
  const { t } = useTranslation();
  const take = useCopy();
  return (
    <li>
      <span>
        {t(`welcome.transport_${of.transport}`)}
        <code className="mono">{of.uri}</code>
      </span>
      <Button
        look="quiet"
        icon
        aria-label={t("welcome.copyAddress", { transport: of.transport.toUpperCase() })}
        onClick={() => take(of.uri)}
      >
        <Icon name="copy" />
      </Button>
    </li>
  );
}

function HowTo({ to }: { to: Address }) {
  const { t } = useTranslation();
  const [source, setSource] = useState<Source>("oracle");
  const take = useCopy();
  const lines = linesFor(source, to);
  const options = [...SOURCES, ["other", t("welcome.other")] as const];
  return (
    <>
      <div className={css.sources}>
        <Segments<Source>
          label={t("welcome.sources")}
          options={options}
          value={source}
          choose={setSource}
        />
        {lines && (
          <Button small onClick={() => take(lines)}>
            <Icon name="copy" />
            {t("welcome.copy")}
          </Button>
        )}
      </div>
      {lines && (
        <section className={css.lines} aria-label={t("welcome.lines")}>
          <pre className="mono">{lines}</pre>
        </section>
      )}
      <p>{t(source === "other" ? "welcome.otherMore" : `welcome.${source}`, { ...to })}</p>
    </>
  );
}

/** Whether a recording client was heard, so that one sees that the way is right. */
function LastHeard({ of }: { of: Schemas["RecordingClient"][] }) {
  const { t, i18n } = useTranslation();
  const when = (one: Schemas["RecordingClient"]) => one.lastContactAt ?? "";
  const [last] = of.filter(when).sort((one, other) => when(other).localeCompare(when(one)));
  if (!last?.lastContactAt) return <p className={css.waiting}>{t("welcome.waiting")}</p>;
  const said = last.lastCallAt ? "welcome.heardCall" : "welcome.heard";
  const time = write(last.lastCallAt ?? last.lastContactAt, "time", i18n.language);
  return (
    <p className={css.waiting}>
      <b>{t(said, { name: last.name, time })}</b> {t("welcome.reaches")}
    </p>
  );
}
