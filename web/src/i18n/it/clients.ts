/** Italian texts of the clients part of the page. */

import type { Texts } from "..";

export const clients: Texts["clients"] = {
  title: "Sorgenti SIPREC",
};
