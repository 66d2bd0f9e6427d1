// What an expert serves, as a colour: images, words, pairs, or several of these.
import type { ExpertSpec, Modality, View } from "../../compiler/front-end.js";

/** A colour by its meaning: a line `--NAME` and a fill `--NAME-soft` of the page. */
export type Tint = "image" | "words" | "pair" | "several" | "attention";

/** All of them, in the order of a legend. */
export const tints: readonly Tint[] = ["image", "words", "pair", "several", "attention"];

/** The tint of a view. */
export const tintOfView = { image: "image", text: "words", pair: "pair" } as const satisfies Record<View, Tint>;

/** The tint of an expert. */
export function tintOf({ views }: Pick<ExpertSpec, "views">): Tint {
  const [first, ...others] = views;
  return first === undefined || others.length > 0 ? "several" : tintOfView[first];
}

/** The tint of what is a modality's own. */
export function tintOfSide(side: Modality): Tint {
  return tintOfView[side];
}
