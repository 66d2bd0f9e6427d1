// Files in the original's layout for import tests, and the models that read them.
import { sizeOf } from "../../../compiler/index.js";
import { exportCheckpoint } from "../../../runtime/checkpoint/export.js";
import { layouts, type Layout } from "../../../runtime/checkpoint/layouts/index.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";
import { fixtureModel, importTarget, type HeadName, type Sizes } from "./models.js";

export const pretraining = ["mlm", "itc", "itm"] as const;

/** Parameters with distinct elements, so that mix-ups are detected. */
function numbered(targets: readonly { name: string; shape: readonly number[] }[]): Map<string, Tensor> {
  let next = 1;
  return new Map(
    targets.map(({ name, shape }) => [
      name,
      float32(
        shape,
        Float32Array.from({ length: sizeOf(shape) }, () => next++),
      ),
    ]),
  );
}

/** A file of the original with distinct parameters, and its source. */
export function vlmoFile(sizes: Sizes = {}, names: readonly HeadName[] = pretraining) {
  const { targets, context } = importTarget(fixtureModel(sizes), names);
  const parameters = numbered(targets);
  return {
    parameters,
    targets,
    context,
    tensors: new Map(exportCheckpoint(parameters, layouts.vlmo, context).tensors),
  };
}

/** The target of an import: a model of these sizes with these heads. */
export const model = (sizes: Sizes = {}, names: readonly HeadName[] = pretraining, layout: Layout = layouts.vlmo) => ({
  layout,
  ...importTarget(fixtureModel(sizes), names),
});
