/** Italian texts of one's own account. */

import type { Texts } from "..";

export const account: Texts["account"] = {
  title: "Il tuo account",
  person: "Tu",
  name: "Nome",
  username: "Nome utente",
  level: "Può",
  group: "Gruppo",
  supervises: "Vede le registrazioni di",
  numbers: "Numeri",
  nothing: "–",
  personMore: "Un amministratore può cambiarli.",
  password: "Password",
  current: "Password attuale",
  next: "Nuova password",
  nextHint: "Almeno {{least}} caratteri. Una frase si ricorda meglio di un enigma.",
  short: "Ha meno di {{least}} caratteri.",
  change: "Cambia password",
  changed: "Password cambiata. Le altre tue sessioni sono terminate.",
  wrong: "Questa non è la tua password attuale.",
  sessions: "Sessioni",
  sessionsMore:
    "Le termina tutte, su qualunque computer, anche questa. I token continuano a funzionare: " +
    "si revocano uno per uno.",
  until: "Questa termina alle {{time}}, o prima se esci.",
  everywhere: "Esci ovunque",
  keys: "Tasti",
  letters: "Tasti di una lettera o un segno",
  lettersMore:
    "Come J, X o /. Spegnili se parli al computer o se li premi per sbaglio. Frecce, Spazio, " +
    "Invio ed Esc restano.",
  kept: "La scelta è conservata sul server.",
  tokens: "Token",
  tokensMore: "Per programmi che agiscono a tuo nome.",
  toTokens: "Ai tuoi token",
};
