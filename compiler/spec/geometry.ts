// Sizes that follow from a model: patches, tokens, rows of tables.
import type { FeatureSpec, Modality, ModelSpec, View } from "./spec.js";

/** Patches along one side of the image. */
export function patchesPerSide(model: ModelSpec): number {
  return model.image === null ? 0 : model.image.size / model.image.patch;
}

/** Values per patch: pixels times channels. */
export function pixelsPerPatch({ image }: ModelSpec): number {
  return image === null ? 0 : image.channels * image.patch ** 2;
}

/** Tokens of an image view: patches and the class token. */
export function imageTokens(model: ModelSpec): number {
  return model.image === null ? 0 : patchesPerSide(model) ** 2 + 1;
}

/** Tokens of a view, by modality; 0 for a modality that the view or the model lacks. */
export function tokensOf(model: ModelSpec, view: View): Readonly<Record<Modality, number>> {
  const text = view === "image" ? 0 : (model.text?.length ?? 0);
  return { text, image: view === "text" ? 0 : imageTokens(model) };
}

/**
 * Rows of the relative position table: image offsets + 3, two cross-modal rows, text offsets (the original's
 * modules/vlmo_module.py).
 */
export function relativeRows(model: ModelSpec, span: number): number {
  return (2 * patchesPerSide(model) - 1) ** 2 + 3 + 2 * span + 2;
}

/** The static shape of a feature; the first dimension is named `batch`. */
export function featureShape(model: ModelSpec, feature: FeatureSpec): (number | string)[] {
  const { text, image } = tokensOf(model, feature.view);
  const side = Math.sqrt(Math.max(0, image - 1));
  switch (feature.part) {
    case "cls":
    case "pooled":
      return ["batch", model.width];
    case "text":
      return ["batch", text, model.width];
    case "patches":
      return ["batch", image - 1, model.width];
    case "grid":
      return ["batch", side, side, model.width];
    case "tokens":
    case "layer":
      return ["batch", text + image, model.width];
    case "pixels":
      return ["batch", model.image?.channels ?? 0, model.image?.size ?? 0, model.image?.size ?? 0];
  }
}
