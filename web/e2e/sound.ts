/** Sound to play, and an ear in the page: what leaves the page on which channel. */

import type { Page } from "@playwright/test";

const RATE = 8000;

/** A stereo WAV of some seconds with a tone of so many hertz on each side; 0: silence. */
export function tone(seconds: number, left: number, right: number): Buffer {
  return tones([[seconds, left, right]]);
}

/** The same, of several such parts one after the other. */
export function tones(parts: [seconds: number, left: number, right: number][]): Buffer {
  const frames = parts.reduce((sum, [seconds]) => sum + seconds * RATE, 0);
  const file = Buffer.alloc(44 + frames * 4);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + frames * 4, 4);
  file.write("WAVEfmt ", 8);
  for (const [place, value, bytes] of [
    [16, 16, 4],
    [20, 1, 2],
    [22, 2, 2],
    [24, RATE, 4],
    [28, RATE * 4, 4],
    [32, 4, 2],
    [34, 16, 2],
    [40, frames * 4, 4],
  ] as const) {
    file.writeUIntLE(value, place, bytes);
  }
  file.write("data", 36);
  let at = 44;
  for (const [seconds, ...sides] of parts) {
    for (let frame = 0; frame < seconds * RATE; frame++) {
      for (const hertz of sides) {
        const wave = Math.sin((2 * Math.PI * hertz * frame) / RATE);
        at = file.writeInt16LE(Math.round(wave * 12_000), at);
      }
    }
  }
  return file;
}

export interface Heard {
  /** Root mean square of each side, from 0 to 1. */
  left: number;
  right: number;
  /** The loudest frequency of the left side, in hertz. */
  leftHertz: number;
}

/** Puts an ear on whatever a page sends to the loudspeakers. Before the page is loaded. */
export async function listen(page: Page) {
  await page.addInitScript(() => {
    const connect = AudioNode.prototype.connect as (...to: unknown[]) => unknown;
    const ears: AnalyserNode[] = [];
    Object.assign(window, { ears });
    AudioNode.prototype.connect = function (this: AudioNode, ...to: unknown[]) {
      if (to[0] instanceof AudioDestinationNode) {
        const splitter = this.context.createChannelSplitter(2);
        connect.call(this, splitter);
        for (const side of [0, 1]) {
          const ear = this.context.createAnalyser();
          ear.fftSize = 8192;
          connect.call(splitter, ear, side);
          ears.push(ear);
        }
      }
      return connect.apply(this, to);
    } as typeof AudioNode.prototype.connect;
  });
}

/** What is heard now. */
export async function heard(page: Page): Promise<Heard> {
  return page.evaluate(() => {
    const { ears } = window as unknown as { ears: AnalyserNode[] };
    const loud = ears.map((ear) => {
      const samples = new Float32Array(ear.fftSize);
      ear.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
    });
    const [ear] = ears;
    if (!ear) return { left: 0, right: 0, leftHertz: 0 };
    const bands = new Float32Array(ear.frequencyBinCount);
    ear.getFloatFrequencyData(bands);
    const loudest = bands.indexOf(Math.max(...bands));
    const leftHertz = (loudest * ear.context.sampleRate) / ear.fftSize;
    return { left: loud[0] ?? 0, right: loud[1] ?? 0, leftHertz };
  });
}
