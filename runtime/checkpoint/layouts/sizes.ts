// The sizes of a model, read off the shapes in a file at the places that a layout names.
import type { Shape } from "../../../compiler/index.js";
import type { Layout, SizeAxis } from "./layout.js";

/** The sizes that can be read off; others are absent. */
export interface Sizes {
  readonly width?: number;
  readonly layers?: number;
  readonly heads?: number;
  /** Pixels along one side, of a patch and of the image. */
  readonly patch?: number;
  readonly image?: number;
  /** Number of tokens. */
  readonly vocabulary?: number;
  readonly text?: number;
}

/** The sizes of the model with these tensors, by keys of `layout`. */
export function sizesOf({ sizes }: Pick<Layout, "sizes">, shapes: ReadonlyMap<string, Shape>): Sizes {
  const at = (places: readonly SizeAxis[]): number | undefined =>
    places.map(([key, axis]) => shapes.get(key)?.[axis]).find((size) => size !== undefined);
  const layers = layersIn(sizes, shapes);
  const patch = at(sizes.patch);
  const side = sideOf(at(sizes.imageTokens), at(sizes.imageRows));
  const found = {
    width: at(sizes.width),
    layers,
    heads: at(sizes.headsOfOne) ?? quotient(at(sizes.headsOfAll), layers),
    patch,
    image: side === undefined || patch === undefined ? undefined : side * patch,
    vocabulary: at(sizes.vocabulary),
    text: at(sizes.text),
  };
  return Object.fromEntries(Object.entries(found).filter(([, size]) => size !== undefined));
}

function layersIn({ layer, firstLayer }: Layout["sizes"], shapes: ReadonlyMap<string, Shape>): number | undefined {
  let last = -1;
  for (const key of shapes.keys()) last = Math.max(last, Number(layer.exec(key)?.[1] ?? -1));
  return last < 0 ? undefined : last + 1 - firstLayer;
}

/**
 * Patches along one side, from n² patches and the class token, or from (2n − 1)² offsets and three rows for the class token.
 */
function sideOf(tokens: number | undefined, rows: number | undefined): number | undefined {
  const [fromTokens, fromRows] = [Math.sqrt((tokens ?? NaN) - 1), (Math.sqrt((rows ?? NaN) - 3) + 1) / 2];
  return [fromTokens, fromRows].find((side) => Number.isInteger(side) && side > 0);
}

function quotient(product: number | undefined, factor: number | undefined): number | undefined {
  const other = (product ?? NaN) / (factor ?? NaN);
  return Number.isInteger(other) ? other : undefined;
}

const words: Readonly<Record<keyof Sizes, (size: string) => string>> = {
  width: (size) => `width ${size}`,
  layers: (size) => `${size} layers`,
  heads: (size) => `${size} heads`,
  patch: (size) => `patch ${size}`,
  image: (size) => `images of ${size} pixels`,
  vocabulary: (size) => `a vocabulary of ${size}`,
  text: (size) => `texts of ${size} tokens`,
};

/** `width 768, 12 layers, patch 16`; `names` selects sizes. */
export function sizesText(sizes: Sizes, names?: readonly (keyof Sizes)[]): string {
  // Boundary: Object.keys is typed string[].
  const all = Object.keys(words) as (keyof Sizes)[];
  const known = all.filter((name) => sizes[name] !== undefined && (names?.includes(name) ?? true));
  return known.map((name) => words[name](sizes[name]?.toLocaleString("en") ?? "")).join(", ");
}

/** The names of sizes that differ between two models; a size that one of them lacks does not count. */
export function differentSizes(a: Sizes, b: Sizes): (keyof Sizes)[] {
  // Boundary: Object.keys is typed string[].
  const names = Object.keys(words) as (keyof Sizes)[];
  return names.filter((name) => a[name] !== undefined && b[name] !== undefined && a[name] !== b[name]);
}
