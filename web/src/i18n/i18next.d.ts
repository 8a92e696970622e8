/** Keys of texts are those of English. */

import "i18next";
import type * as en from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}
