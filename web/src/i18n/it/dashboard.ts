/** Italian texts of the dashboard part of the page. */

import type { Texts } from "..";

export const dashboard: Texts["dashboard"] = {
  title: "Cruscotto",
};
