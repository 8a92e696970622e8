/** Italian texts of the welcome part of the page. */

import type { Texts } from "..";

export const welcome: Texts["welcome"] = {
  title: "Benvenuto",
};
