/** What proves that the sound is what was recorded: its hash, and reading it back. */

import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Recording, Schemas } from "../../api/client";
import { verify } from "../../api/recording";
import { bytes } from "../../lib/text";
import { locale, number, write } from "../../lib/time";
import { copy } from "../../player/use";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/notice";
import { Card } from "../../ui/page";
import { toast } from "../../ui/toast";
import css from "./Detail.module.css";
import { Facts } from "./facts";
import { Wrong } from "./Wrong";

export function EvidenceCard({ recording }: { recording: Recording }) {
  const { t, i18n } = useTranslation();
  const { media, allowed, expiresAt } = recording;
  const check = useMutation({ mutationFn: () => verify(recording.id) });
  if (!media) return null;
  const refused = allowed.includes("listen") ? undefined : t("detail.mayNotDownload");
  const file = t("detail.fileText", {
    kind: media.contentType.includes("wav") ? "WAV" : "MP3",
    rate: number(media.sampleRate / 1000, i18n.language),
    channels: t(media.channels === 1 ? "detail.mono" : "detail.stereo"),
    size: bytes(media.size, locale(i18n.language)),
  });
  const kept = expiresAt ? write(expiresAt, "dayTime", i18n.language) : t("detail.keptAlways");
  return (
    <Card
      title={
        <span className={css.withIcon}>
          <Icon name="verified" />
          {t("detail.evidence")}
        </span>
      }
      aside={
        <Button small busy={check.isPending} refused={refused} onClick={() => check.mutate()}>
          {t("detail.verify")}
        </Button>
      }
    >
      <div className={css.inside}>
        <div aria-live="polite" className={css.verified}>
          {check.data ? (
            <Verified found={check.data} />
          ) : (
            <p className={css.faint}>{t("detail.unverified")}</p>
          )}
          <Wrong error={check.error} />
        </div>
        <Hash hash={media.sha256} />
        <Facts
          facts={[
            [t("detail.file"), file],
            [t("detail.keptUntil"), kept],
          ]}
        />
      </div>
    </Card>
  );
}

function Verified({ found }: { found: Schemas["Verification"] }) {
  const { t, i18n } = useTranslation();
  const time = write(found.checkedAt, "full", i18n.language);
  if (found.intact) {
    const size = bytes(found.expected.size, locale(i18n.language));
    return (
      <p>
        <b className={css.intact}>{t("detail.verifiedAt", { time })}</b>{" "}
        {t("detail.verifiedMore", { size })}
      </p>
    );
  }
  return (
    <>
      <Notice kind="error" fact={t("detail.damagedAt", { time })}>
        {t(found.found ? "detail.damagedMore" : "detail.missingFile")}
      </Notice>
      <Facts
        facts={[
          [t("detail.expected"), facts(found.expected)],
          [t("detail.found"), found.found && facts(found.found)],
        ]}
      />
    </>
  );

  function facts(file: Schemas["FileFacts"]) {
    return (
      <>
        <code className="mono">{file.sha256}</code> {bytes(file.size, locale(i18n.language))}
      </>
    );
  }
}

function Hash({ hash }: { hash: string }) {
  const { t } = useTranslation();
  const copied = async () => {
    if (await copy(hash)) toast(t("detail.hashCopied"));
  };
  return (
    <div className={css.hash}>
      <span className={css.small}>SHA-256</span>
      <code className="mono">{hash.replace(/.{8}(?=.)/g, "$& ")}</code>
      <Button look="quiet" small icon aria-label={t("detail.copyHash")} onClick={copied}>
        <Icon name="copy" />
      </Button>
    </div>
  );
}
