/** An insurer's office as one would meet it: who works there, who called, what was noted. */

import type { Person, Recorder } from "../recorder";
import { BOSS } from "../recorder";
import { conversation, dice, wave } from "./voice";

export const OFFICE: readonly Person[] = [
  BOSS,
  ["chiara.bianchi", "base", "Chiara", "Bianchi", "225", "Sales"],
  ["luca.ferri", "base", "Luca", "Ferri", "231", "Claims"],
  ["tom.okafor", "base", "Tom", "Okafor", "218", "Sales"],
  ["rita.moretti", "record", "Rita", "Moretti", "223", "Sales"],
  ["giulia.serra", "base", "Giulia", "Serra", "236", "Claims"],
];

const MORE = `username,firstName,lastName,numbers,group,department,level,supervises
paolo.rinaldi,Paolo,Rinaldi,240;+390584943240,Claims,Front office,base,Claims
elena.greco,Elena,Greco,241,Front desk,Front office,base,
amir.haddad,Amir,Haddad,242,Front desk,Front office,base,
sofia.de.luca,Sofia,De Luca,243,Sales,Head office,base,Sales;Claims
`;

const OTHERS = [
  "+390584943232",
  "+442079460182",
  "+390555550117",
  "+49301234567",
  "+393391112233",
  "+33140205060",
  "",
  "+390650123456",
  "244",
] as const;

const NOTES = [
  "Refund promised for order 48813, by Friday",
  "",
  "Asked where the parcel is",
  "",
  "",
  "Claim 2291: photos of the damage are still missing",
  "Called back, wants the quote in writing",
  "",
  "Surveyor comes on Thursday at nine",
  "",
  "",
] as const;

const TAGS = [["refund"], [], ["quote"], [], [], ["claim", "photos"], [], [], ["claim"]] as const;

/** How many recordings there are in the list. */
const CALLS = 64;

const json = { "Content-Type": "application/json" };

/** Furnishes it; gives the recording to look at closely. */
export async function furnishOffice(recorder: Recorder): Promise<string> {
  const post = (path: string, body: unknown) =>
    recorder.ask("POST", path, JSON.stringify(body), json);
  const put = (path: string, body?: unknown) =>
    recorder.ask("PUT", path, body ? JSON.stringify(body) : undefined, json);
  await recorder.ask("POST", "/api/v1/users/import", MORE, {
    "Content-Type": "text/csv",
  });
  await administration(post);

  const talk = conversation(900);
  const roll = dice(7);
  const staff = OFFICE.filter(([, level]) => level !== "record");
  const ids: string[] = [];
  for (let call = 0; call < CALLS; call++) {
    const who = staff[Math.floor(roll() * staff.length)] ?? BOSS;
    const seconds = call === 0 ? 95 : Math.round(12 + 500 * roll() ** 3);
    const note = NOTES[call % NOTES.length];
    const tags = TAGS[call % TAGS.length] ?? [];
    ids.push(
      await recorder.bring({
        user: who[0],
        number: who[4],
        remote: OTHERS[call % OTHERS.length] ?? "",
        start: workingHour(call, roll()),
        direction: roll() < 0.6 ? 1 : 2,
        ...(note ? { note } : {}),
        ...(tags.length > 0 ? { tags: [...tags] } : {}),
        sound: wave(talk, Math.floor(roll() * (900 - seconds)), seconds),
      }),
    );
  }
  const [closely, held, preserved] = [ids[0], ids[3], ids[5]] as [string, string, string];
  for (const [offsetMs, text] of [
    [8_000, "Order number"],
    [41_000, "Refund promised"],
    [63_000, "Address confirmed"],
  ] as const) {
    await post(`/api/v1/recordings/${closely}/marks`, { offsetMs, text });
  }
  await put(`/api/v1/recordings/${held}/hold`, { reason: "Dispute 2026/114, asked by legal" });
  await put(`/api/v1/recordings/${preserved}/preservation`);
  return closely;
}

async function administration(post: (path: string, body: unknown) => Promise<unknown>) {
  for (const rule of [
    { name: "Sales on demand", mode: "on-demand", group: "Sales", direction: "outgoing" },
    { name: "Never the works council", mode: "never", number: "290" },
    { name: "All of claims", mode: "always", group: "Claims", pause: "own" },
  ]) {
    await post("/api/v1/rules", rule);
  }
  for (const [name, username] of [
    ["Nightly export", "boss"],
    ["CRM: show calls of a customer", "sofia.de.luca"],
  ]) {
    await post("/api/v1/tokens", { name, username });
  }
}

/** Twelve a working day, the newest first, from yesterday on. */
function workingHour(call: number, share: number): Date {
  const start = new Date();
  for (let days = 0; days <= Math.floor(call / 12); ) {
    start.setDate(start.getDate() - 1);
    if (start.getDay() % 6 !== 0) days += 1;
  }
  start.setHours(17 - Math.floor((call % 12) * 0.75), Math.floor(share * 45), 0, 0);
  return start;
}
