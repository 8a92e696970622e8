/** The messages of a call as they came: to read, to find something in, and to copy. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { recordingDetail, recordingSignalling } from "../../api/recording";
import { hits } from "../../lib/text";
import { number, write } from "../../lib/time";
import { copy } from "../../player/use";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { Empty, Notice } from "../../ui/notice";
import { useTitle } from "../../ui/title";
import { toast } from "../../ui/toast";
import { Trouble } from "../Trouble";
import detail from "./Detail.module.css";
import css from "./Signalling.module.css";

const route = getRouteApi("/inside/recordings/$id/signalling");

export function Signalling() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const view = route.useSearch();
  const navigate = useNavigate();
  const recording = useQuery(recordingDetail(id));
  const signalling = useQuery(recordingSignalling(id));
  useTitle(t("detail.signallingTitle"));
  const back = { to: "/recordings/$id", params: { id }, search: view } as const;
  useKeys({ Escape: () => void navigate(back) });
  return (
    <div className={detail.page}>
      <header className={detail.head}>
        <nav aria-label={t("detail.crumb")}>
          <Link {...back}>
            <Icon name="back" />
            <span className="mono">{recording.data?.referenceNumber ?? t("list.title")}</span>
          </Link>
        </nav>
      </header>
      <div className={detail.body}>
        <div className={detail.title}>
          <h1>{t("detail.signallingTitle")}</h1>
        </div>
        {signalling.isError && (
          <Trouble error={signalling.error} retry={() => void signalling.refetch()} />
        )}
        {signalling.data === null && (
          <Empty icon="none" title={t("detail.noSignalling")}>
            <p>{t("detail.noSignallingMore")}</p>
          </Empty>
        )}
        {signalling.data && <Messages messages={signalling.data.messages} />}
      </div>
    </div>
  );
}

function Messages({ messages }: { messages: Schemas["Message"][] }) {
  const { t, i18n } = useTranslation();
  const [wanted, find] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => input.current?.focus() });
  const words = wanted.trim() === "" ? [] : [wanted.trim()];
  const found = messages.map((one) => (hits(one.text, words).length - 1) / 2);
  const all = found.reduce((sum, one) => sum + one, 0);
  const count = (n: number) => ({ count: n, n: number(n, i18n.language) });
  const copyAll = async () => {
    const text = messages.map((one) => `${one.time}\n${one.text}`).join("\n\n");
    if (await copy(text)) toast(t("detail.messagesCopied"));
  };
  return (
    <>
      <Notice kind="info" fact={t("detail.keysCut")}>
        {t("detail.keysCutMore")}
      </Notice>
      <div className={css.tools}>
        <input
          ref={input}
          type="search"
          className={css.find}
          aria-label={t("detail.find")}
          placeholder={t("detail.find")}
          value={wanted}
          onChange={(event) => find(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            find("");
            input.current?.blur();
          }}
        />
        <span role="status" className={detail.faint}>
          {words.length > 0
            ? t("detail.hits", count(all))
            : t("detail.messages", count(messages.length))}
        </span>
        <Button onClick={copyAll}>
          <Icon name="copy" />
          {t("detail.copyAll")}
        </Button>
      </div>
      <ol className={css.messages}>
        {messages.map(
          (one, at) =>
            (words.length === 0 || (found[at] ?? 0) > 0) && (
              // biome-ignore lint/suspicious/noArrayIndexKey: messages have no other identity
              <Message key={at} one={one} place={at + 1} words={words} />
            ),
        )}
      </ol>
    </>
  );
}

interface MessageProps {
  one: Schemas["Message"];
  place: number;
  words: string[];
}

function Message({ one, place, words }: MessageProps) {
  const { t, i18n } = useTranslation();
  const text = one.text.replace(/\r\n/g, "\n").trimEnd();
  const copied = async () => {
    if (await copy(one.text)) toast(t("detail.messageCopied"));
  };
  const time = new Date(one.time);
  const millis = String(time.getMilliseconds()).padStart(3, "0");
  return (
    <li className={css.message}>
      <header>
        <Icon name={one.sent ? "outgoing" : "incoming"} />
        <h2>
          {t(one.sent ? "detail.sent" : "detail.received")}
          <span className="mono">{text.split("\n", 1)[0]}</span>
        </h2>
        <span className="figures">{`${write(time, "time", i18n.language)}.${millis}`}</span>
        <Button
          look="quiet"
          small
          icon
          aria-label={t("detail.copyMessage", { n: place })}
          onClick={copied}
        >
          <Icon name="copy" />
        </Button>
      </header>
      <pre className="mono">
        {hits(text, words).map((piece, at) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no other identity
          at % 2 ? <mark key={at}>{piece}</mark> : piece,
        )}
      </pre>
    </li>
  );
}
