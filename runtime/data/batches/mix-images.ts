// Mixes the images of a batch in pairs, as timm's Mixup in its mode "batch", with which BEiT is fine-tuned: one share for the
// whole batch, the first image with the last one and so on; labels are kept with their shares.
import { inputs, type MixSpec } from "../../../compiler/index.js";
import type { RandomStream } from "../../random.js";
import { float32, int32, type Tensor } from "../../tensor.js";

/** Mixes `image` in place by one of the ways, and adds `label_second` and `label_share`. */
export function mixImages(tensors: Map<string, Tensor>, ways: readonly MixSpec[], random: RandomStream): void {
  const [image, label] = [tensors.get(inputs.image), tensors.get(inputs.label)];
  if (image === undefined || label === undefined) throw new Error("internal: images without labels are mixed");
  const way = random.pick(ways);
  const share = mixers[way.kind].mix(image, beta(way.alpha, random), random);
  const [count = 0] = label.shape;
  tensors.set(inputs.secondLabel, int32([count], Int32Array.from(label.data).reverse()));
  tensors.set(inputs.labelShare, float32([count], new Float32Array(count).fill(share)));
}

/** Whether uint8 levels remain levels when images are mixed. */
export function keepLevels(ways: readonly MixSpec[]): boolean {
  return ways.every(({ kind }) => mixers[kind].keepsLevels);
}

interface Mixer {
  /** Mixes images in place; `share` is that of the first image of each pair. Returns the actual share. */
  readonly mix: (images: Tensor, share: number, random: RandomStream) => number;
  readonly keepsLevels: boolean;
}

const added: Mixer["mix"] = (images, share) => {
  forEachPair(images, (first, second) => {
    first.forEach((value, i) => {
      const other = second[i] ?? 0;
      first[i] = share * value + (1 - share) * other;
      second[i] = share * other + (1 - share) * value;
    });
  });
  return share;
};

const exchanged: Mixer["mix"] = (images, share, random) => {
  const [, channels = 0, size = 0] = images.shape;
  const side = Math.floor(size * Math.sqrt(1 - share));
  const [rows, columns] = [cut(side, size, random), cut(side, size, random)];
  forEachPair(images, (first, second) => {
    for (let row = 0; row < channels * size; row++) {
      if (row % size < rows.start || row % size >= rows.end) continue;
      const [start, end] = [row * size + columns.start, row * size + columns.end];
      const kept = first.slice(start, end);
      first.set(second.subarray(start, end), start);
      second.set(kept, start);
    }
  });
  return 1 - ((rows.end - rows.start) * (columns.end - columns.start)) / size ** 2;
};

const mixers: Readonly<Record<MixSpec["kind"], Mixer>> = {
  mixup: { mix: added, keepsLevels: false },
  cutmix: { mix: exchanged, keepsLevels: true },
};

/** A random interval, clipped to the image. */
function cut(length: number, size: number, random: RandomStream): { readonly start: number; readonly end: number } {
  const [centre, half] = [random.integer(size), Math.floor(length / 2)];
  return { start: Math.max(0, centre - half), end: Math.min(size, centre + half) };
}

/** The first image with the last one, and so on; the middle one of an odd number is not mixed. */
function forEachPair({ shape, data }: Tensor, each: (first: Tensor["data"], second: Tensor["data"]) => void): void {
  const [count = 0] = shape;
  const one = data.length / Math.max(1, count);
  const imageAt = (i: number) => data.subarray(i * one, (i + 1) * one);
  for (let i = 0; i < Math.floor(count / 2); i++) each(imageAt(i), imageAt(count - 1 - i));
}

/** A sample of Beta(alpha, alpha). */
function beta(alpha: number, random: RandomStream): number {
  const [a, b] = [gamma(alpha, random), gamma(alpha, random)];
  // For small alpha both may underflow to 0: the distribution is then close to 0 or 1.
  return a + b === 0 ? random.integer(2) : a / (a + b);
}

/** A sample of Gamma(shape): Marsaglia and Tsang, 2000; for shapes below 1 by way of shape + 1. */
function gamma(shape: number, random: RandomStream): number {
  if (shape < 1) return gamma(shape + 1, random) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < x ** 2 / 2 + d * (1 - v + Math.log(v))) return d * v;
  }
}
