// A feature in the syntax of the language.
import type { FeatureSpec } from "./spec.js";

/** `pair[2].pooled`, `image.layer(7)`. */
export function featureText({ view, image, causal, part, layer }: FeatureSpec): string {
  const which = `${view}${image === null ? "" : `[${image}]`}${causal ? ".causal" : ""}`;
  return `${which}.${part}${layer === null ? "" : `(${layer})`}`;
}
