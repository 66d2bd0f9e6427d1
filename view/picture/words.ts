// Numbers and features as a picture writes them: short.
import { featureText, type HeadSpec } from "../../compiler/front-end.js";

/** 202414750 as `202M`, 1024 as `1,024`. */
export function shortCount(count: number): string {
  if (count < 10_000) return count.toLocaleString("en");
  const [scale, unit] = count >= 1e9 ? [1e9, "B"] : count >= 1e6 ? [1e6, "M"] : [1e3, "k"];
  const value = count / scale;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}${unit}`;
}

/** `image.cls, text.cls`; outputs of several layers of one view as `image.layer(4, 6, 8)`. */
export function featuresText({ features }: Pick<HeadSpec, "features">): string {
  const layers = features.flatMap(({ layer }) => layer ?? []);
  const [first] = features;
  if (first !== undefined && layers.length > 1 && layers.length === features.length)
    return featureText({ ...first, layer: null }).concat(`(${layers.join(", ")})`);
  return features.map(featureText).join(", ");
}

/** `1 layer`, `12 layers`. */
export function counted(count: number, noun: string): string {
  return `${shortCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
