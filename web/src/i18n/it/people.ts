/** Italian texts of the people part of the page. */

import type { Texts } from "..";

export const people: Texts["people"] = {
  title: "Utenti e gruppi",
};
