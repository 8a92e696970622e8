/** What is known of the call: pairs of a word and a value. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/client";
import type { View } from "../../lib/view";
import { Card } from "../../ui/page";
import css from "./Detail.module.css";

export function Call({ recording, view }: { recording: Recording; view: View }) {
  const { t } = useTranslation();
  const { id, conversationId, client, node, codecs, source, oddities } = recording;
  const mono = (text: string) => <span className="mono">{text}</span>;
  const facts: [string, ReactNode][] = [
    [t("detail.reference"), mono(recording.referenceNumber)],
    [t("detail.callId"), conversationId && mono(conversationId)],
    [t("detail.through"), source === "upload" ? t("detail.uploaded") : client],
    [t("detail.recorder"), node],
    [t("detail.codecs"), codecs.join(", ")],
    [
      t("detail.signalling"),
      source === "sip" && (
        <Link className={css.link} to="/recordings/$id/signalling" params={{ id }} search={view}>
          {t("detail.signallingLink")}
        </Link>
      ),
    ],
    [t("detail.oddities"), oddities.length > 0 && <span lang="en">{oddities.join("; ")}</span>],
  ];
  return (
    <Card title={t("detail.call")}>
      <div className={css.inside}>
        <Facts facts={facts} />
      </div>
    </Card>
  );
}

export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className={css.facts}>
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
