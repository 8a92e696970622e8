/** WAV files of 16 bits, as the server sends them for a call that goes on. */

export interface Wave {
  rate: number;
  frames: number;
  left: Float32Array<ArrayBuffer>;
  /** The same as left, where there is one channel. */
  right: Float32Array<ArrayBuffer>;
}

/** undefined: it is none of 16 bits. */
export function readWave(bytes: ArrayBuffer): Wave | undefined {
  const view = new DataView(bytes);
  if (bytes.byteLength < 12 || word(view, 0) !== "RIFF" || word(view, 8) !== "WAVE") return;
  let [channels, rate, bits] = [0, 0, 0];
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const name = word(view, at);
    // A stream's length may be unknown when its head is written: then it is what there is.
    const size = Math.min(view.getUint32(at + 4, true), bytes.byteLength - at - 8);
    if (name === "fmt " && size >= 16) {
      channels = view.getUint16(at + 10, true);
      rate = view.getUint32(at + 12, true);
      bits = view.getUint16(at + 22, true);
    } else if (name === "data") {
      if (bits !== 16 || channels < 1 || rate === 0) return;
      return samples(view, at + 8, size, { channels, rate });
    }
    at += 8 + size + (size % 2);
  }
  return;
}

function samples(
  view: DataView,
  from: number,
  size: number,
  { channels, rate }: { channels: number; rate: number },
): Wave {
  const frames = Math.floor(size / (2 * channels));
  const left = new Float32Array(frames);
  const right = channels > 1 ? new Float32Array(frames) : left;
  for (let frame = 0; frame < frames; frame++) {
    const at = from + frame * 2 * channels;
    left[frame] = view.getInt16(at, true) / 32768;
    if (channels > 1) right[frame] = view.getInt16(at + 2, true) / 32768;
  }
  return { rate, frames, left, right };
}

function word(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte)));
}
