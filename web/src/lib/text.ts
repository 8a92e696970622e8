/** What recordings are called, and where searched words stand in a text. */

import type { Recording, Summary } from "../api/client";

interface Parties {
  localName?: string;
  localNumber: string;
  remoteName?: string;
  remoteNumber: string;
}

export interface Party {
  /** The name, or else the number, or else what stands for nobody. */
  name: string;
  /** The number beside the name; empty where the name is the number. */
  number: string;
}

export function localParty(of: Parties, unknown: string): Party {
  return party(of.localName ?? "", of.localNumber, unknown);
}

export function remoteParty(of: Parties, withheld: string): Party {
  return party(of.remoteName ?? "", of.remoteNumber, withheld);
}

function party(name: string, number: string, instead: string): Party {
  if (name) return { name, number };
  return { name: number || instead, number: "" };
}

type Involved = Pick<Recording, "owner" | "participants" | "localNumber" | "remoteNumber">;

/** The parties of a recording or call with all its details, as its summary would name them. */
export function partiesOf(recording: Involved): Parties {
  const { owner, participants, localNumber, remoteNumber } = recording;
  const own = owner ? `${owner.firstName} ${owner.lastName}`.trim() : "";
  const local = own || participants.find((one) => one.local && one.name)?.name;
  const remote = participants.find(
    (one) => !one.local && one.number === remoteNumber && one.name,
  )?.name;
  return { localName: local ?? "", localNumber, remoteName: remote ?? "", remoteNumber };
}

/** Two in a hundred are heard as clicks, five as gaps. */
const FAIR_FROM = 0.02;
const POOR_FROM = 0.05;

export interface Quality {
  grade: Summary["quality"];
  /** The lost part, from 0 to 1. */
  lost: number;
}

type Heard = Pick<Recording, "loss"> & Partial<Pick<Summary, "quality">>;

/** How good the sound that came is: the server's word where it gives one, as lists do. */
export function quality({ loss, quality }: Heard): Quality {
  const all = loss.packets + loss.lost;
  const lost = all === 0 ? 0 : (loss.lost + loss.discarded) / all;
  return { grade: quality ?? graded(all, lost, loss.gaps), lost };
}

function graded(all: number, lost: number, gaps: number): Summary["quality"] {
  if (all === 0) return "unmeasured";
  if (lost >= POOR_FROM || gaps > 2) return "poor";
  return lost >= FAIR_FROM || gaps > 0 ? "fair" : "good";
}

/** Pieces of a text; every second one is a searched word, whatever its letters' case. */
export function hits(text: string, words: string[]): string[] {
  const wanted = words.filter((word) => word !== "").map((word) => literal(word));
  if (wanted.length === 0) return [text];
  return text.split(new RegExp(`(${wanted.join("|")})`, "giu"));
}

function literal(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Bytes as people read them: 31.7 MB. */
export function bytes(count: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = Math.min(Math.floor(Math.log10(Math.max(1, count)) / 3), units.length - 1);
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[power],
    unitDisplay: "short",
    maximumFractionDigits: power > 1 ? 1 : 0,
  }).format(count / 1000 ** power);
}
