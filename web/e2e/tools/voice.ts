/** Sound that looks and sounds like two people in turn, the same each time. No words in it. */

const RATE = 8000;

/** Numbers from 0 to 1 that look random, and are the same for the same seed. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One syllable: a voice of so many hertz that swells and fades, into one channel of frames. */
function syllable(
  into: Buffer,
  side: number,
  from: number,
  frames: number,
  pitch: number,
  loud: number,
) {
  const last = Math.min(frames, into.length / 4 - from);
  for (let frame = 0; frame < last; frame++) {
    const swell = Math.sin((Math.PI * frame) / frames) ** 0.6;
    const phase = (2 * Math.PI * pitch * frame) / RATE;
    const voice = Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.3 * Math.sin(5 * phase);
    into.writeInt16LE(Math.round(voice * swell * loud * 14_000), (from + frame) * 4 + side * 2);
  }
}

/** Two people in turn for so many seconds: frames of 16 bits, left and right. */
export function conversation(seconds: number, seed = 1): Buffer {
  const roll = dice(seed);
  const frames = Buffer.alloc(seconds * RATE * 4);
  let at = RATE / 2;
  let side = 1;
  while (at < seconds * RATE) {
    const until = at + RATE * (1 + 9 * roll() ** 2);
    while (at < until && at < seconds * RATE) {
      const length = Math.round(RATE * (0.09 + 0.16 * roll()));
      const pitch = (side ? 120 : 205) * (0.85 + 0.3 * roll());
      syllable(frames, side, at, length, pitch, 0.25 + 0.75 * roll());
      at += length + Math.round(RATE * (roll() < 0.2 ? 0.35 * roll() : 0.02));
    }
    at += Math.round(RATE * 1.2 * roll());
    side = 1 - side;
  }
  return frames;
}

/** A piece of a conversation as a WAV file. */
export function wave(frames: Buffer, fromSeconds: number, seconds: number): Buffer {
  const piece = frames.subarray(fromSeconds * RATE * 4, (fromSeconds + seconds) * RATE * 4);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + piece.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 4, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(piece.length, 40);
  return Buffer.concat([head, piece]);
}
