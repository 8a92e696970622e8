/** Italian texts of the rules part of the page. */

import type { Texts } from "..";

export const rules: Texts["rules"] = {
  title: "Regole",
};
