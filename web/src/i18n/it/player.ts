/** Italian texts of the player part of the page. */

import type { Texts } from "..";

export const player: Texts["player"] = {
  of: "Lettore: {{who}}, {{length}}",
  play: "Ascolta",
  pause: "Pausa",
  back: "Indietro di 10 secondi",
  forward: "Avanti di 10 secondi",
  place: "Punto nel suono",
  placeText: "{{place}} di {{length}}",
  waveform: "Forma d’onda: {{left}} sopra, {{right}} sotto",
  speed: "Velocità",
  speedOf: "Velocità, {{rate}} volte",
  mute: "Silenzia {{who}}",
  solo: "Ascolta solo {{who}}",
  soloShort: "Solo",
  left: "sinistra",
  right: "destra",
  copyLink: "Copia il link a {{place}}",
  copied: "Link a {{place}} copiato",
  close: "Chiudi il lettore",
  at: "alle {{time}}",
  ofLength: "di {{length}}",
  transport: "Comandi",
  trouble: "Il suono non arriva.",
  drawing: "Puoi già ascoltare. L’immagine del suono arriva fra un momento.",
  noPicture: "Non c’è un’immagine di questo suono.",
  silent: "Non c’è suono da ascoltare.",
  noRight: "Puoi vedere questa registrazione, ma non ascoltarla.",
  masked: "Oscurato",
};
