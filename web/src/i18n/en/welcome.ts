/** English texts of the welcome part of the page. */

export const welcome = {
  title: "Welcome",
  heading: "Four steps to the first recording",
  nothing:
    "Nothing has been recorded yet. This page waits for the first call and shows it by itself.",
  leave: "Go to the recordings",
  done: "Done",
  checked: "System checked",
  allWell: "All that was looked at is in order.",
  free: "{{size}} free.",
  lookInto: "See system health",
  users: "Users",
  alone:
    "You are the only user. A recording belongs to the user whose number took part: create " +
    "them now, or record first and create them later.",
  people_one: "{{n}} user in {{groups}}.",
  people_other: "{{n}} users in {{groups}}.",
  groups_one: "{{n}} group",
  groups_other: "{{n}} groups",
  createUsers: "Create users",
  seeUsers: "See users",
  point: "Point your SBC or PBX here",
  pointMore: "Send recording sessions (SIPREC) to this address.",
  who: "Who may send is in the settings.",
  seeClients: "See recording clients",
  noListener: "This node listens for no calls: its settings name no SIP listener.",
  loopback:
    "This address is reached from this machine alone. Set sip.udp or sip.tcp to an address " +
    "that your SBC reaches.",
  transport_tcp: "TCP, recommended",
  transport_tls: "TLS",
  transport_udp: "UDP",
  copy: "Copy",
  copyAddress: "Copy the address for {{transport}}",
  copied: "Copied",
  sources: "Make of the recording client",
  other: "Other",
  lines: "Lines to copy",
  oracle:
    "recording is the realm of the recorder; Oracle advises one of its own. The last two " +
    "lines belong to the realm whose calls are recorded. With disabled, calls go on even if " +
    "no recorder answers.",
  audiocodes:
    "Under Setup, Signaling & Media, SIP Recording: an IP group for the recording server at " +
    "{{host}}, port {{port}}, and a SIP recording rule that names it.",
  cube:
    "100 after media-recording is the tag of the dial peer that leads to {{host}}, port " +
    "{{port}}. The media class goes to the dial peers that are recorded.",
  cucm:
    "A SIP trunk to {{host}}, port {{port}}; a recording profile with its number on each " +
    "line; Built-in Bridge on at the phone. The two calls of a phone become one recording.",
  ribbon:
    "Then a SIPREC cluster whose server is {{host}}, port {{port}}, and the criteria of what " +
    "is recorded.",
  opensips:
    "In the script, for the calls that are recorded. Several servers with commas between are " +
    "tried in order.",
  otherMore: "Whatever sends SIPREC (RFC 7866), or a plain recording INVITE, to the address above.",
  waiting: "Waiting for a call.",
  heard: "{{name}} was heard last at {{time}}.",
  heardCall: "{{name}} called last at {{time}}.",
  reaches: "It reaches this recorder.",
  call: "Make a call",
  callMore:
    "Ring any recorded phone. Or let Earwitness call itself through the whole chain, for five" +
    " seconds.",
  test: "Place a test call",
  testing: "The test call is running",
  first: "The first recording is here",
  firstMore: "{{who}}, {{time}}",
  listen: "Listen to it",
  notAnswered: "The test call was not answered",
  needsComplete: "The first steps need the level Complete.",
} as const;
