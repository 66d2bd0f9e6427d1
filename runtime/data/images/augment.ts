// The augmentations as the image loader takes them. Their work is done in image.ts.
import type { AugmentSpec } from "../../../compiler/index.js";
import type { Recolour } from "./swap-colours.js";

/** What concerns the text as well is drawn before. */
export type ImageStep = Exclude<AugmentSpec, { kind: "swap_colours" }> | Recolour;
