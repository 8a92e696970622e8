/** What is known of a recording, in cards. */

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { mediaPath, type Recording } from "../../api/client";
import { bytes } from "../../lib/text";
import { locale, number, place } from "../../lib/time";
import { copy } from "../../player/use";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { toast } from "../../ui/toast";
import css from "./Detail.module.css";

export function NoteAndTags({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const { note, tags } = recording;
  return (
    <Card title={t("detail.note")}>
      {note ? (
        <>
          <p className={css.note}>{note.text}</p>
          <p className={css.small}>{t("detail.noteBy", { who: note.editedBy.username })}</p>
        </>
      ) : (
        <p className={css.faint}>{t("detail.noNote")}</p>
      )}
      {tags.length > 0 && (
        <ul className={css.tags} aria-label={t("detail.tags")}>
          {tags.map((tag) => (
            <li key={tag}>{tag}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function Participants({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  if (recording.participants.length === 0) return null;
  return (
    <Card title={t("detail.participants")}>
      <ul className={css.people}>
        {recording.participants.map((one) => (
          <li key={`${one.address} ${one.present[0]?.fromMs}`}>
            <b>{one.name || one.number || one.address || t("list.withheld")}</b>{" "}
            {one.name && <span className={css.faint}>{one.number}</span>}
            <span className={`${css.when} figures`}>
              {one.present.map((span) => `${place(span.fromMs)}–${place(span.toMs)}`).join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Evidence({ recording }: { recording: Recording }) {
  const { t, i18n } = useTranslation();
  const { media, allowed } = recording;
  if (!media) return null;
  const mayDownload = allowed.includes("listen");
  const file = t("detail.fileText", {
    kind: media.contentType.includes("wav") ? "WAV" : "MP3",
    rate: number(media.sampleRate / 1000, i18n.language),
    channels: t(media.channels === 1 ? "detail.mono" : "detail.stereo"),
    size: bytes(media.size, locale(i18n.language)),
  });
  const copyHash = async () => {
    if (await copy(media.sha256)) toast(t("detail.hashCopied"));
  };
  return (
    <Card title={t("detail.evidence")}>
      <div className={css.hash}>
        <span className={css.small}>SHA-256</span>
        <code className="mono">{media.sha256}</code>
        <Button look="quiet" small icon aria-label={t("detail.copyHash")} onClick={copyHash}>
          <Icon name="copy" />
        </Button>
      </div>
      <Facts facts={[[t("detail.file"), file]]} />
      {mayDownload && (
        <a className={css.download} href={mediaPath(recording.id, true)} download>
          <Icon name="download" />
          {t("detail.download")}
        </a>
      )}
    </Card>
  );
}

export function Call({ recording }: { recording: Recording }) {
  const { t, i18n } = useTranslation();
  const { loss, conversationId, client, node, codecs, source } = recording;
  const count = (value: number) => number(value, i18n.language);
  const packets = t("detail.packetsText", {
    lost: count(loss.lost),
    packets: count(loss.packets + loss.lost),
  });
  const facts: [string, ReactNode][] = [
    [
      t("detail.reference"),
      <span key="r" className="mono">
        {recording.referenceNumber}
      </span>,
    ],
    [t("detail.callId"), conversationId && <span className="mono">{conversationId}</span>],
    [t("detail.through"), source === "upload" ? t("detail.uploaded") : client],
    [t("detail.recorder"), node],
    [t("detail.codecs"), codecs.join(", ")],
    [t("detail.packets"), loss.packets > 0 && packets],
  ];
  return (
    <Card title={t("detail.call")}>
      <Facts facts={facts} />
    </Card>
  );
}

function Facts({ facts }: { facts: [string, ReactNode][] }) {
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

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.card} aria-label={title}>
      <h2>{title}</h2>
      <div>{children}</div>
    </section>
  );
}
