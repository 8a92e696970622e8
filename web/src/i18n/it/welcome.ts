/** Italian texts of the welcome part of the page. */

import type { Texts } from "..";

export const welcome: Texts["welcome"] = {
  title: "Benvenuto",
  heading: "Quattro passi fino alla prima registrazione",
  nothing:
    "Non è ancora stato registrato nulla. Questa pagina attende la prima chiamata e la mostra" +
    " da sé.",
  leave: "Vai alle registrazioni",
  done: "Fatto",
  checked: "Sistema controllato",
  allWell: "Tutto ciò che è stato controllato è in ordine.",
  free: "{{size}} liberi.",
  lookInto: "Vedi lo stato del sistema",
  users: "Utenti",
  alone:
    "Sei l’unico utente. Una registrazione appartiene all’utente il cui numero ha " +
    "partecipato: creali ora, o registra prima e creali dopo.",
  people_one: "{{n}} utente in {{groups}}.",
  people_other: "{{n}} utenti in {{groups}}.",
  groups_one: "{{n}} gruppo",
  groups_other: "{{n}} gruppi",
  createUsers: "Crea utenti",
  seeUsers: "Vedi gli utenti",
  point: "Indirizza qui il tuo SBC o centralino",
  pointMore: "Invia le sessioni di registrazione (SIPREC) a questo indirizzo.",
  who: "Chi può inviare è scritto nelle impostazioni.",
  seeClients: "Vedi le sorgenti SIPREC",
  noListener: "Questo nodo non attende chiamate: le sue impostazioni non nominano porte SIP.",
  loopback:
    "Questo indirizzo si raggiunge solo da questa macchina. Imposta sip.udp o sip.tcp su un " +
    "indirizzo che il tuo SBC raggiunge.",
  transport_tcp: "TCP, consigliato",
  transport_tls: "TLS",
  transport_udp: "UDP",
  copy: "Copia",
  copyAddress: "Copia l’indirizzo per {{transport}}",
  copied: "Copiato",
  sources: "Marca della sorgente",
  other: "Altro",
  lines: "Righe da copiare",
  oracle:
    "recording è il realm del registratore; Oracle ne consiglia uno a parte. Le ultime due " +
    "righe vanno nel realm le cui chiamate si registrano. Con disabled le chiamate continuano" +
    " anche se nessun registratore risponde.",
  audiocodes:
    "In Setup, Signaling & Media, SIP Recording: un IP group per il server di registrazione a" +
    " {{host}}, porta {{port}}, e una regola SIP Recording che lo nomina.",
  cube:
    "100 dopo media-recording è il numero del dial peer che porta a {{host}}, porta {{port}}." +
    " La media class va nei dial peer da registrare.",
  cucm:
    "Un trunk SIP verso {{host}}, porta {{port}}; un recording profile con il suo numero su " +
    "ogni linea; Built-in Bridge attivo sul telefono. Le due chiamate di un telefono " +
    "diventano una registrazione.",
  ribbon:
    "Poi un cluster SIPREC il cui server è {{host}}, porta {{port}}, e i criteri di ciò che " +
    "si registra.",
  opensips:
    "Nello script, per le chiamate da registrare. Più server separati da virgole vengono " +
    "provati in ordine.",
  otherMore:
    "Tutto ciò che invia SIPREC (RFC 7866), o un semplice INVITE di registrazione, " +
    "all’indirizzo qui sopra.",
  waiting: "In attesa di una chiamata.",
  heard: "{{name}} si è fatto sentire l’ultima volta alle {{time}}.",
  heardCall: "{{name}} ha chiamato l’ultima volta alle {{time}}.",
  reaches: "Raggiunge questo registratore.",
  call: "Fai una chiamata",
  callMore:
    "Chiama un telefono registrato qualsiasi. O lascia che Earwitness chiami sé stesso per " +
    "l’intera catena, cinque secondi.",
  test: "Fai una chiamata di prova",
  testing: "La chiamata di prova è in corso",
  first: "La prima registrazione è qui",
  firstMore: "{{who}}, {{time}}",
  listen: "Ascoltala",
  notAnswered: "La chiamata di prova non ha avuto risposta",
  needsComplete: "I primi passi richiedono il livello Completo.",
};
