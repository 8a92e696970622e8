/** English texts of the page of recording clients. */

export const clients = {
  title: "Recording clients",
  place: "Place a test call",
  none: "No recording client has been heard of",
  noneMore: "An SBC or PBX appears here with its first message, an OPTIONS ping too.",
  guide: "How to point one here",
  settings: "Recording clients are set in the settings file, under [[client]] and sip.allow.",
  name: "Client",
  lastContact: "Last contact",
  lastCall: "Last call",
  running: "Running",
  calls: "Calls",
  refused: "Refused",
  notConfigured: "allowed by its address",
  placeMore:
    "A call of five seconds with two voices goes by SIP and RTP to this recorder, as a " +
    "recording client would send it, and becomes a recording.",
  local: "Our number",
  localHint: "Empty: a number of nobody.",
  call: "Call",
  answered: "The call was answered and recorded.",
  notAnswered: "The call was not answered.",
  open: "Open the recording",
} as const;
