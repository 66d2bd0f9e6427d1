// Features in the short form of a picture.
import { featureText, type HeadSpec } from "../../compiler/front-end.js";

/** `image.cls, text.cls`; outputs of several layers of one view as `image.layer(4, 6, 8)`. */
export function featuresText({ features }: Pick<HeadSpec, "features">): string {
  const layers = features.flatMap(({ layer }) => layer ?? []);
  const [first] = features;
  if (first !== undefined && layers.length > 1 && layers.length === features.length)
    return featureText({ ...first, layer: null }).concat(`(${layers.join(", ")})`);
  return features.map(featureText).join(", ");
}
