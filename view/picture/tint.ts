// The views of an expert as a colour: images, words, pairs, or several of these.
import type { ExpertSpec, View } from "../../compiler/front-end.js";

/** A colour by its meaning: a line `--NAME` and a fill `--NAME-soft` of the page. */
export type Tint = "image" | "words" | "pair" | "several" | "attention";

/** All of them, in the order of a legend. */
export const tints: readonly Tint[] = ["image", "words", "pair", "several", "attention"];

/** The tint of a view, and of parts of a single modality. */
export const tintOfView = { image: "image", text: "words", pair: "pair" } as const satisfies Record<View, Tint>;

/** The tint of an expert. */
export function tintOf({ views }: Pick<ExpertSpec, "views">): Tint {
  const [first, ...others] = views;
  return first === undefined || others.length > 0 ? "several" : tintOfView[first];
}
