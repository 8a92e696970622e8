/** Italian texts of the live part of the page. */

import type { Texts } from "..";

export const live: Texts["live"] = {
  title: "In corso",
};
