/** Italian texts of the sign-in part of the page. */

import type { Texts } from "..";

export const signIn: Texts["signIn"] = {
  title: "Accedi a Earwitness",
  subtitle: "Registrazioni delle chiamate",
  username: "Nome utente",
  password: "Password",
  submit: "Accedi",
  wrong: "Nome utente o password errati.",
  wrongMore: "Dopo dieci errori questo indirizzo aspetta un minuto.",
  slow: "Troppe password errate da qui.",
  slowMore_one: "Accedi di nuovo fra {{count}} secondo.",
  slowMore_other: "Accedi di nuovo fra {{count}} secondi.",
  none: "Questo utente non può accedere qui.",
  noneMore: "Un amministratore può cambiarlo.",
  expired: "La sessione è finita.",
  expiredMore: "Una sessione dura dodici ore. Accedi per riprendere da dove eri.",
  bye: "Sei uscito.",
  audited: "Tutto ciò che apri qui viene scritto nel registro di controllo.",
};
