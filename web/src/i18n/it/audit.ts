/** Italian texts of the audit part of the page. */

import type { Texts } from "..";

export const audit: Texts["audit"] = {
  title: "Registro",
};
