// `swap_colours`: a permutation of colours, drawn once for a sample, over its pixels and over the words of its text.
import type { AugmentSpec } from "../../../compiler/index.js";
import type { RandomStream } from "../../random.js";
import { byte } from "./rand-augment.js";

/** Red, green, blue, 0 … 255. */
export type Rgb = readonly [number, number, number];

type SwapColours = Extract<AugmentSpec, { kind: "swap_colours" }>;

/** What becomes of each colour. */
export interface Recolour {
  readonly kind: "recolour";
  readonly background: Rgb;
  readonly moves: readonly { readonly from: Rgb; readonly to: Rgb }[];
}

/** One drawn permutation, for pixels and for words. */
export interface Swap {
  readonly recolour: Recolour;
  /** The text with the words of the colours exchanged likewise, whole words in any case. */
  readonly reword: (text: string) => string;
}

/** A random permutation; every one is equally likely, the one that changes nothing too. */
export function drawSwap(step: SwapColours, random: RandomStream): Swap {
  const words = step.colours.map(wordAndColour);
  const drawn = random.shuffle([...words]);
  const named = new Map(words.map(({ word }, i) => [word.toLowerCase(), drawn[i]?.word ?? word]));
  const any = words.map(({ word }) => escaped(word)).join("|");
  const pattern = new RegExp(String.raw`(?<![\p{L}\p{N}])(${any})(?![\p{L}\p{N}])`, "giu");
  return {
    recolour: {
      kind: "recolour",
      background: rgb(step.background),
      moves: words.map(({ colour }, i) => ({ from: colour, to: drawn[i]?.colour ?? colour })),
    },
    reword: (text) => text.replace(pattern, (word) => named.get(word.toLowerCase()) ?? word),
  };
}

/** `"blue #0099ff"`. */
function wordAndColour(text: string): { word: string; colour: Rgb } {
  const [word = "", colour = ""] = text.split(" ");
  return { word, colour: rgb(colour) };
}

/** `#rrggbb`. */
function rgb(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** Squared distance in RGB up to which a pixel counts as a shade between the background and a colour. */
const NEAR = 30 ** 2;

/**
 * Moves every pixel that is a shade between the background and one of the colours by as much of that colour's move;
 * others stay. uint8 [pixels, 3] into new bytes.
 */
export function recoloured(data: Uint8Array, { background, moves }: Recolour): Uint8Array {
  const out = Uint8Array.from(data);
  const rays = moves.map(({ from, to }) => rayOf(background, from, to));
  // What became of a pixel, at a place that its colour gives; a later colour of the same place takes it over.
  const [known, becomes] = [new Int32Array(PLACES).fill(-1), new Int32Array(PLACES)];
  for (let at = 0; at < data.length; at += 3) {
    const pixel = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    const place = (pixel ^ (pixel >> 5) ^ (pixel >> 11)) % PLACES;
    if (known[place] !== pixel) {
      const [red, green, blue] = moved([pixel >> 16, (pixel >> 8) & 255, pixel & 255], background, rays);
      known[place] = pixel;
      becomes[place] = (red << 16) | (green << 8) | blue;
    }
    const colour = becomes[place] ?? pixel;
    // Most pixels are of the background.
    if (colour === pixel) continue;
    out[at] = colour >> 16;
    out[at + 1] = (colour >> 8) & 255;
    out[at + 2] = colour & 255;
  }
  return out;
}

const PLACES = 4096;

function moved(pixel: Rgb, background: Rgb, rays: readonly Ray[]): Rgb {
  const [r, g, b] = difference(pixel, background);
  let [least, share, best] = [NEAR, 0, rays[0]];
  for (const ray of rays) {
    const [x, y, z] = ray.direction;
    const along = Math.min(Math.max((r * x + g * y + b * z) / ray.length, 0), 1);
    const distance = (r - along * x) ** 2 + (g - along * y) ** 2 + (b - along * z) ** 2;
    if (distance < least) [least, share, best] = [distance, along, ray];
  }
  if (best === undefined || share === 0) return pixel;
  const [x, y, z] = best.move;
  const [red, green, blue] = pixel;
  return [byte(Math.round(red + share * x)), byte(Math.round(green + share * y)), byte(Math.round(blue + share * z))];
}

type Ray = ReturnType<typeof rayOf>;

function rayOf(background: Rgb, from: Rgb, to: Rgb) {
  const direction = difference(from, background);
  const length = direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2;
  return { direction, length, move: difference(to, from) };
}

function difference(a: Rgb, b: Rgb): Rgb {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
