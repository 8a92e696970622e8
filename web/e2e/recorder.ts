/** A recorder of its own for the tests: people, calls placed by SIP, calls brought in. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tone } from "./sound";

export const PASSWORD = "a good password";

export interface Call {
  user: string;
  number: string;
  remote: string;
  start: Date;
  direction: 1 | 2;
  note?: string;
  tags?: string[];
  sound: Buffer;
}

/** A name of eighty letters without a place to break. */
const LONG = "Maximilian".repeat(8);

const UPLOADS = "/fw/Apps/Recorder/WebAPI/Recordings";

export class Recorder {
  readonly url: string;
  private readonly sip: string;

  private constructor(
    private readonly binary: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
    ready: Record<string, string>,
  ) {
    this.url = `http://${ready.http}`;
    this.sip = `sip:${ready["sip-udp"]}`;
  }

  /** With a copy of a data folder, if one is named; else with nothing. */
  static async start(data?: string, staff: readonly Person[] = STAFF): Promise<Recorder> {
    const binary = process.env.EARWITNESS_BIN;
    if (!binary) throw new Error("EARWITNESS_BIN names no binary");
    const folder = mkdtempSync(join(tmpdir(), "earwitness-web-"));
    const config = join(folder, "earwitness.toml");
    writeFileSync(
      config,
      `[server]\ndata = "data"\n[http]\nlisten = "127.0.0.1:0"\n` +
        `[sip]\nudp = ["127.0.0.1:0"]\ntcp = []\n[rtp]\nlisten = "127.0.0.1"\n`,
    );
    if (data) cpSync(data, join(folder, "data"), { recursive: true });
    people(binary, config, staff);
    const child = spawn(binary, ["--config", config, "serve"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    for await (const line of createInterface(child.stdout)) {
      if (!line.startsWith("ready ")) continue;
      const pairs = line.split(" ").slice(1);
      const ready = Object.fromEntries(pairs.map((pair) => pair.split("=")));
      return new Recorder(binary, folder, child, ready);
    }
    throw new Error("the recorder did not start");
  }

  async stop() {
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await gone;
    rmSync(this.folder, { recursive: true });
  }

  /** A request as the user who may see everything. */
  async ask(method: string, path: string, body?: BodyInit, headers: HeadersInit = {}) {
    const auth = `Basic ${Buffer.from(`boss:${PASSWORD}`).toString("base64")}`;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { Authorization: auth, ...headers },
      body: body ?? null,
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  /** Places a call by SIP, and waits until it is a recording. */
  async call(local: string, remote: string, seconds: number) {
    const before = await this.total();
    const words = this.calling(local, remote, seconds);
    execFileSync(this.binary, words, { cwd: this.folder, stdio: "ignore" });
    while ((await this.total()) === before) await new Promise((done) => setTimeout(done, 50));
  }

  /** Places a call that goes on while the test looks; gives what hangs up. */
  begin(local: string, remote: string, seconds = 60): () => Promise<void> {
    const words = this.calling(local, remote, seconds);
    const child = spawn(this.binary, words, { cwd: this.folder, stdio: "ignore" });
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    return async () => {
      child.kill("SIGINT");
      await gone;
    };
  }

  private calling(local: string, remote: string, seconds: number): string[] {
    const words = ["test-call", "--to", this.sip, "--direction", "in", "--local", local];
    return [...words, "--remote", remote, "--seconds", String(seconds)];
  }

  async total(): Promise<number> {
    return (await this.ask("GET", "/api/v1/recordings?limit=1&total=true")).total;
  }

  /** Brings in a call that was recorded elsewhere. */
  async bring(call: Call): Promise<string> {
    const said = {
      startDateTime: call.start.toISOString(),
      duration: "PT5S",
      direction: call.direction,
      localParty: { username: call.user, phoneNumber: call.number },
      remoteParty: { phoneNumber: call.remote },
      ...(call.note ? { notes: call.note } : {}),
    };
    const form = new FormData();
    form.set("jsondata", new Blob([JSON.stringify(said)], { type: "application/json" }));
    form.set("attachment", new Blob([new Uint8Array(call.sound)], { type: "audio/wav" }), "c.wav");
    const { id } = await this.ask("POST", UPLOADS, form);
    if (call.tags) {
      const body = JSON.stringify({ tags: call.tags });
      const headers = { "Content-Type": "application/json" };
      await this.ask("PATCH", `/api/v1/recordings/${id}`, body, headers);
    }
    return id;
  }
}

/** User name, level, first and last name, numbers, group. */
export type Person = readonly [string, string, string, string, string, string];

export const BOSS: Person = ["boss", "complete", "Marta", "Conti", "200", "Claims"];

const STAFF: readonly Person[] = [
  BOSS,
  ["chiara", "base", "Chiara", "Bianchi", "225", "Sales"],
  ["luca", "base", "Luca", "Ferri", "231", "Claims"],
  ["clumsy", "base", "Tom", "Okafor", "218", "Sales"],
  ["rita", "record", "Rita", "Recordi", "223", "Sales"],
  ["long", "base", LONG, "von und zu Unterwalden", "262", "Claims"],
];

function people(binary: string, config: string, staff: readonly Person[]) {
  const command = (words: string[], input = "") =>
    execFileSync(binary, ["--config", config, ...words], {
      input,
      stdio: ["pipe", "ignore", "pipe"],
    });
  for (const group of ["Sales", "Claims"]) command(["group", "add", group]);
  for (const [name, level, first, last, number, group] of staff) {
    const words = ["user", "add", name, "--level", level, "--first-name", first];
    words.push("--last-name", last, "--number", number, "--group", group, "--password-stdin");
    command(words, `${PASSWORD}\n`);
  }
}

/** The calls that every test finds: 180 over many days, and one to listen to. */
export async function furnish(recorder: Recorder): Promise<string> {
  const quiet = tone(1, 0, 0);
  const at = (days: number, hour: number, minute: number) => {
    const start = new Date();
    start.setDate(start.getDate() - days);
    start.setHours(hour, minute, 0, 0);
    return start;
  };
  for (let number = 0; number < 180; number++) {
    const ours = number % 3 === 0;
    await recorder.bring({
      user: ours ? "chiara" : "luca",
      number: ours ? "225" : "231",
      remote: number % 5 === 0 ? "" : `+4420794601${String(number).padStart(2, "0")}`,
      start: at(3 + Math.floor(number / 12), 8 + (number % 12), 7),
      direction: number % 2 ? 1 : 2,
      sound: quiet,
      ...(number % 4 === 0 ? { tags: ["quote"] } : {}),
    });
  }
  for (const [days, note] of [
    [2, "Refund promised for order 48813, by Friday"],
    [2, "Asked where the parcel is"],
    [9, "A refund was asked for, not promised"],
  ] as const) {
    await recorder.bring({
      user: "chiara",
      number: "225",
      remote: "+390584943232",
      start: at(days, 10, note.length % 60),
      direction: 1,
      note,
      sound: quiet,
    });
  }
  await recorder.bring({
    user: "long",
    number: "262",
    remote: "442079460182999999999999",
    start: at(1, 12, 15),
    direction: 2,
    note: `${LONG} ${LONG}`,
    tags: [LONG.slice(0, 50), "surveyor", "photos", "urgent"],
    sound: quiet,
  });
  return recorder.bring({
    user: "chiara",
    number: "225",
    remote: "+390555550117",
    start: at(1, 11, 30),
    direction: 1,
    note: "Ours is heard on the left, theirs nowhere",
    tags: ["tone"],
    sound: tone(12, 440, 0),
  });
}
