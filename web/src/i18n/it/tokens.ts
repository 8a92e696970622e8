/** Italian texts of the tokens part of the page. */

import type { Texts } from "..";

export const tokens: Texts["tokens"] = {
  title: "Token",
};
