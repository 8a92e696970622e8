/**
 * English. Short, present tense: the fact, what it means, what to do.
 * One file for each part of the page.
 */

import * as accountTexts from "./account";
import * as appTexts from "./app";
import * as auditTexts from "./audit";
import * as clientsTexts from "./clients";
import * as dashboardTexts from "./dashboard";
import * as liveTexts from "./live";
import * as peopleTexts from "./people";
import * as playerTexts from "./player";
import * as recordingTexts from "./recording";
import * as recordingsTexts from "./recordings";
import * as rulesTexts from "./rules";
import * as signInTexts from "./signIn";
import * as systemTexts from "./system";
import * as tokensTexts from "./tokens";
import * as troubleTexts from "./trouble";
import * as welcomeTexts from "./welcome";

export const en = {
  ...accountTexts,
  ...appTexts,
  ...auditTexts,
  ...clientsTexts,
  ...dashboardTexts,
  ...liveTexts,
  ...peopleTexts,
  ...playerTexts,
  ...recordingTexts,
  ...recordingsTexts,
  ...rulesTexts,
  ...signInTexts,
  ...systemTexts,
  ...tokensTexts,
  ...troubleTexts,
  ...welcomeTexts,
};
