/** Italian texts of the system part of the page. */

import type { Texts } from "..";

export const system: Texts["system"] = {
  title: "Sistema",
};
