/**
 * What happens to the sound between the media element and the loudspeakers: each channel has a
 * volume, and goes to its own ear or to both. Splitter, four gains, merger.
 */

export type Side = "left" | "right";

export interface Mix {
  muted: Record<Side, boolean>;
  /** 1 is as recorded. */
  volume: Record<Side, number>;
  /** Both parties in both ears. */
  together: boolean;
}

export const VOLUME_MOST = 1.5;

/** Two sides in one ear are as loud as one in each. */
const TOGETHER = Math.SQRT1_2;

export class Graph {
  readonly context = new AudioContext({ latencyHint: "interactive" });
  /** From each channel to its own ear and to the other one. */
  private readonly own: Record<Side, GainNode>;
  private readonly other: Record<Side, GainNode>;

  constructor(audio: HTMLMediaElement, mix: Mix) {
    const source = this.context.createMediaElementSource(audio);
    const splitter = this.context.createChannelSplitter(2);
    const merger = this.context.createChannelMerger(2);
    source.connect(splitter);
    const gain = (channel: number, ear: number) => {
      const node = this.context.createGain();
      splitter.connect(node, channel).connect(merger, 0, ear);
      return node;
    };
    this.own = { left: gain(0, 0), right: gain(1, 1) };
    this.other = { left: gain(0, 1), right: gain(1, 0) };
    merger.connect(this.context.destination);
    this.set(mix);
  }

  set({ muted, volume, together }: Mix) {
    for (const side of ["left", "right"] as const) {
      const loud = muted[side] ? 0 : volume[side];
      this.own[side].gain.value = together ? loud * TOGETHER : loud;
      this.other[side].gain.value = together ? loud * TOGETHER : 0;
    }
  }
}
