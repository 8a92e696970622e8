/** Italian texts of the trouble part of the page. */

import type { Texts } from "..";

export const trouble: Texts["trouble"] = {
  lost: "Il server non risponde.",
  lostMore: "La registrazione non dipende da questa pagina. La vista resta com’era.",
  fault: "Il server non ci è riuscito.",
  reference: "Il suo log dice di più sotto {{reference}}.",
  notDone: "Non è stato fatto.",
  retry: "Riprova",
  notAllowed: "Non puoi vedere questo.",
  notFound: "Questa registrazione non esiste.",
  notFoundMore: "Il link può essere incompleto, o la registrazione non è mai stata qui.",
  page: "Questa pagina non esiste.",
  toRecordings: "Vai alle registrazioni",
  badId: "Questo non è l’indirizzo di una registrazione.",
};
