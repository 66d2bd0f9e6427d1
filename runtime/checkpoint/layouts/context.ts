// What layouts need of a model. A file of its own, since saving and loading need no model.
import { patchesPerSide, positionRuleOf, type HeadSpec, type ModelSpec } from "../../../compiler/index.js";
import type { LayoutContext } from "./layout.js";

/** The context of this model with these heads. */
export function layoutContext(model: ModelSpec, heads: readonly HeadSpec[]): LayoutContext {
  const { position } = model.attention;
  return {
    experts: model.experts,
    heads,
    ...(model.image !== null && { patchesPerSide: patchesPerSide(model) }),
    ...positionRuleOf(position).fitting(position),
  };
}
