/** What can be done with a recording as a whole; what may not be done says why. */

import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mediaPath, type Recording } from "../../api/client";
import { endHold, hold, preserve, remove } from "../../api/recording";
import type { View } from "../../lib/view";
import { LinkButton } from "../../player/Controls";
import * as engine from "../../player/engine";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { toast } from "../../ui/toast";
import css from "./Detail.module.css";
import { Wrong } from "./Wrong";
import { nameOf } from "./who";

interface Props {
  recording: Recording;
  audible: boolean;
  view: View;
}

type Asked = "hold" | "endHold" | "delete";

export function Actions({ recording, audible, view }: Props) {
  const { t } = useTranslation();
  const [asked, ask] = useState<Asked>();
  const keep = useKeeping(recording);
  const held = Boolean(recording.hold);
  const mayHold = recording.allowed.includes(held ? "unhold" : "hold");
  return (
    <>
      <div className={css.actions} role="toolbar" aria-label={t("detail.actions")}>
        <Button busy={keep.busy} refused={keep.refused} onClick={keep.change}>
          <Icon name="preserve" />
          {t(recording.preservedBy ? "detail.release" : "detail.preserve")}
        </Button>
        <Button
          refused={mayHold ? undefined : t("detail.needsComplete")}
          onClick={() => ask(held ? "endHold" : "hold")}
        >
          <Icon name="hold" />
          {t(held ? "detail.endHold" : "detail.hold")}
        </Button>
        <Download recording={recording} />
        {audible && <LinkButton primary />}
        <Button look="danger" refused={whyNotDelete()} onClick={() => ask("delete")}>
          <Icon name="remove" />
          {t("detail.delete")}
        </Button>
      </div>
      <Wrong error={keep.error} />
      <Asking {...{ recording, asked, view }} close={() => ask(undefined)} />
    </>
  );

  function whyNotDelete() {
    if (recording.allowed.includes("delete")) return undefined;
    if (recording.hold) return t("detail.heldNotDeleted");
    if (recording.preservedBy) return t("detail.preservedNotDeleted");
    return t("detail.mayNotDelete");
  }
}

/** Preserving and releasing, with the key P. */
function useKeeping(recording: Recording) {
  const { t } = useTranslation();
  const { id, preservedBy, allowed } = recording;
  const kept = Boolean(preservedBy);
  const keeping = useMutation({
    mutationFn: ({ on }: { on: boolean; undone?: boolean }) => preserve(id, on),
    onSuccess: (_, { on, undone }) => {
      const undo = () => keeping.mutate({ on: !on, undone: true });
      toast(t(on ? "detail.preserved" : "detail.released"), undone ? undefined : undo);
    },
  });
  const why = preservedBy
    ? t("detail.mayNotRelease", { who: nameOf(preservedBy) })
    : t("detail.mayNotPreserve");
  const refused = allowed.includes(kept ? "release" : "preserve") ? undefined : why;
  const change = () => keeping.mutate({ on: !kept });
  useKeys(refused ? {} : { p: change });
  return { refused, change, busy: keeping.isPending, error: keeping.error };
}

function Download({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const why = recording.media ? t("detail.mayNotDownload") : t("detail.noFile");
  const words = (
    <>
      <Icon name="download" />
      {t("detail.download")}
    </>
  );
  if (!recording.media || !recording.allowed.includes("listen")) {
    return <Button refused={why}>{words}</Button>;
  }
  return (
    <a className={css.download} href={mediaPath(recording.id, true)} download>
      {words}
    </a>
  );
}

interface AskingProps {
  recording: Recording;
  asked: Asked | undefined;
  view: View;
  close: () => void;
}

/** The dialogs: each takes a reason, which stays. */
function Asking({ recording, asked, view, close }: AskingProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id, referenceNumber } = recording;
  const act = useMutation({
    mutationFn: async ({ what, reason }: { what: Asked; reason: string }) => {
      if (what === "hold") await hold(id, reason);
      else if (what === "endHold") await endHold(id, reason);
      else await remove(id, reason);
    },
    onSuccess: (_, { what }) => {
      close();
      if (what !== "delete") return toast(t(what === "hold" ? "detail.held" : "detail.holdEnded"));
      engine.unload();
      toast(t("detail.deleted", { reference: referenceNumber }));
      void navigate({ to: "/recordings", search: view });
    },
  });
  const leave = () => {
    act.reset();
    close();
  };
  const words = {
    hold: [t("detail.holdTitle"), t("detail.holdMore"), t("detail.hold")],
    endHold: [
      t("detail.endHoldTitle"),
      t("detail.endHoldMore", {
        who: recording.hold ? nameOf(recording.hold.by) : "",
        reason: recording.hold?.reason ?? "",
      }),
      t("detail.endHold"),
    ],
    delete: [t("detail.deleteTitle"), t("detail.deleteMore"), t("detail.delete")],
  } as const;
  const [title, more, action] = words[asked ?? "hold"];
  return (
    <Dialog
      open={asked !== undefined}
      close={leave}
      title={title}
      action={action}
      danger={asked === "delete"}
      busy={act.isPending}
      trouble={<Wrong error={act.error} />}
      submit={(form) => {
        const reason = String(form.get("reason")).trim();
        if (asked && reason) act.mutate({ what: asked, reason });
      }}
    >
      <p>{more}</p>
      <TextField label={t("detail.reason")} name="reason" rows={2} maxLength={500} required />
    </Dialog>
  );
}
