/** What the audit knows of, in the order of its filter, and how each is drawn. */

import type { IconName } from "../../ui/icons";

const ICONS = {
  SignIn: "people",
  SignInFailed: "failed",
  SignOut: "people",
  ChangePassword: "token",
  ViewRecording: "recordings",
  ViewSignalling: "recordings",
  PlayRecording: "speaker",
  DownloadRecording: "download",
  ExportRecordings: "download",
  UploadRecording: "plus",
  DeleteRecording: "close",
  PreserveRecording: "preserve",
  ReleaseRecording: "release",
  HoldRecording: "hold",
  UnholdRecording: "hold",
  ReassignRecording: "people",
  RenderRecording: "again",
  AddNote: "note",
  EditNote: "note",
  DeleteNote: "note",
  EditTags: "tag",
  AddMark: "mark",
  DeleteMark: "mark",
  ViewLive: "live",
  StartRecording: "dot",
  StopRecording: "stop",
  PauseRecording: "pause",
  ResumeRecording: "play",
  DiscardRecording: "close",
  AddUser: "people",
  EditUser: "people",
  DeleteUser: "people",
  ImportUsers: "people",
  AddGroup: "people",
  EditGroup: "people",
  DeleteGroup: "people",
  AddToken: "token",
  DeleteToken: "token",
  AddRule: "rules",
  EditRule: "rules",
  DeleteRule: "rules",
  ViewAudit: "audit",
  DownloadCsvAudit: "download",
  VerifyAudit: "verified",
} as const satisfies Record<string, IconName>;

export type ActionName = keyof typeof ICONS;

export const ACTIONS = Object.keys(ICONS) as ActionName[];

/** The server may know more than this page does. */
export function known(action: string): ActionName | undefined {
  return Object.hasOwn(ICONS, action) ? (action as ActionName) : undefined;
}

export function iconOf(action: string): IconName {
  const name = known(action);
  return name ? ICONS[name] : "audit";
}
