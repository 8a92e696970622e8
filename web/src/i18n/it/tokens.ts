/** Italian texts of the page of tokens. */

import type { Texts } from "..";

export const tokens: Texts["tokens"] = {
  title: "Token",
  add: "Crea un token",
  none: "Non ci sono token",
  noneMore:
    "Un programma accede con un token suo, così nessuna password sta nelle sue impostazioni.",
  name: "Nome",
  nameHint: "A che cosa serve.",
  of: "Agisce come",
  scopes: "Può servire per",
  scopesHint: "Nessuno: per tutto ciò che l’utente può. Un token non permette mai di più.",
  scope: {
    read: "leggere",
    listen: "ascoltare",
    write: "modificare",
    live: "avviare, fermare e mettere in pausa",
    admin: "amministrare",
  },
  all: "tutto ciò che può il suo utente",
  lastUsed: "Ultimo uso",
  expires: "Scade",
  expired: "Scaduto",
  inDays_one: "tra {{count}} giorno",
  inDays_other: "tra {{count}} giorni",
  actions: "Azioni",
  make: "Crea",
  made: "Token {{name}}",
  token: "Il token.",
  once: "Si mostra solo questa volta.",
  revoke: "Revoca",
  revokeTitle: "Revoca {{name}}",
  revokeMore: "Da ora è rifiutato. Il programma che lo usa ne vuole un altro.",
};
