/** Italian texts of the page of recording clients. */

import type { Texts } from "..";

export const clients: Texts["clients"] = {
  title: "Sorgenti SIPREC",
  place: "Fai una chiamata di prova",
  none: "Nessuna sorgente SIPREC si è fatta sentire",
  noneMore: "Un SBC o un PBX compare qui con il suo primo messaggio, anche un ping OPTIONS.",
  guide: "Come puntarne una qui",
  settings:
    "Le sorgenti SIPREC si impostano nel file delle impostazioni, in [[client]] e sip.allow.",
  name: "Sorgente",
  lastContact: "Ultimo contatto",
  lastCall: "Ultima chiamata",
  running: "In corso",
  calls: "Chiamate",
  refused: "Rifiutate",
  notConfigured: "ammessa per il suo indirizzo",
  placeMore:
    "Una chiamata di cinque secondi con due voci va per SIP e RTP a questo registratore, " +
    "come la manderebbe una sorgente SIPREC, e diventa una registrazione.",
  local: "Il nostro numero",
  localHint: "Vuoto: un numero di nessuno.",
  call: "Chiama",
  answered: "La chiamata ha avuto risposta ed è registrata.",
  notAnswered: "La chiamata non ha avuto risposta.",
  open: "Apri la registrazione",
};
