// Upsamples images exactly as Pillow and torchvision do: bicubic (a = −½) between pixel centres, with weights normalised at the
// edges too. libvips, which downsamples images, would shift them when upsampling.
import type { Extent, Raster } from "./raster.js";

/** An RGB or RGBA raster of at most the wanted width and height, stretched to them. */
export function enlarged(raster: Raster, to: Extent): Uint8Array {
  const { width, height, channels, data } = raster;
  if (width >= to.width && height >= to.height) return data;
  return channels === 4 ? straight(larger({ ...raster, data: premultiplied(data) }, to)) : larger(raster, to);
}

function larger({ width, height, channels, data }: Raster, to: Extent): Uint8Array {
  const wide = width < to.width ? stretched(data, { lines: height, from: width, to: to.width, each: channels }) : data;
  return height < to.height
    ? stretched(wide, { lines: 1, from: height, to: to.height, each: channels * to.width })
    : wide;
}

/** RGBA with colours premultiplied by alpha, so that transparent pixels do not contribute; rounded as Pillow does. */
function premultiplied(data: Uint8Array): Uint8Array {
  return data.map((level, i) => {
    if (i % 4 === 3) return level;
    const product = level * (data[i | 3] ?? 0) + 128;
    return ((product >> 8) + product) >> 8;
  });
}

/** The inverse of `premultiplied`. */
function straight(data: Uint8Array): Uint8Array {
  return data.map((level, i) => {
    const alpha = data[i | 3] ?? 0;
    if (i % 4 === 3 || alpha === 0 || alpha === 255) return level;
    return Math.min(255, Math.trunc((255 * level) / alpha));
  });
}

/** An axis to resize: `lines` along it, with `each` values per step, so that steps can be pixels or whole rows. */
interface Axis {
  readonly lines: number;
  readonly from: number;
  readonly to: number;
  readonly each: number;
}

/** Fractional bits of the fixed-point weights. */
const BITS = 22;
const HALF = 2 ** (BITS - 1);

function stretched(data: Uint8Array, { lines, from, to, each }: Axis): Uint8Array {
  const out = new Uint8ClampedArray(lines * to * each);
  const { first, weights } = weightsOf(from, to);
  for (let line = 0, at = 0; line < lines; line++) {
    for (let i = 0; i < to; i++) {
      const start = (line * from + (first[i] ?? 0)) * each;
      const [a, b] = [weights[4 * i] ?? 0, weights[4 * i + 1] ?? 0];
      const [c, d] = [weights[4 * i + 2] ?? 0, weights[4 * i + 3] ?? 0];
      for (let k = start; k < start + each; k++, at++) {
        const near = (data[k] ?? 0) * a + (data[k + each] ?? 0) * b;
        out[at] = (near + (data[k + 2 * each] ?? 0) * c + (data[k + 3 * each] ?? 0) * d + HALF) >> BITS;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/** For each new pixel: the first of four consecutive old ones, and their weights, 0 for those outside the kernel. */
function weightsOf(from: number, to: number) {
  const first = new Int32Array(to);
  const weights = new Int32Array(4 * to);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * (from / to);
    const start = Math.max(0, Math.trunc(centre - 1.5));
    const end = Math.min(from, Math.trunc(centre + 2.5));
    const shares = Array.from({ length: end - start }, (_, k) => cubic(start + k + 0.5 - centre));
    const sum = shares.reduce((total, share) => total + share, 0);
    const whole = shares.map((share) => Math.trunc((share / sum) * 2 ** BITS + Math.sign(share) / 2));
    // All four within the image if it is large enough, since reading out of bounds is slow.
    const four = Math.max(0, Math.min(start, from - 4));
    first[i] = four;
    weights.set(whole, 4 * i + start - four);
  }
  return { first, weights };
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}
