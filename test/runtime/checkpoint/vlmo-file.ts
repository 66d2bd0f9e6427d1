// Files in the original's layout for the tests of imports, and the models that read them.
import { sizeOf } from "../../../compiler/index.js";
import { exportCheckpoint } from "../../../runtime/checkpoint/export.js";
import { layouts, type Layout } from "../../../runtime/checkpoint/layouts/index.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";
import { fixtureModel, importTarget, type HeadName, type Sizes } from "./models.js";

export const pretraining = ["mlm", "itc", "itm"] as const;

/** Parameters whose elements are all different, so that a mix-up shows. */
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

/** A file of the original with parameters that are all different, and what it was made from. */
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

/** What an import wants: a model of these sizes with these heads. */
export const model = (sizes: Sizes = {}, names: readonly HeadName[] = pretraining, layout: Layout = layouts.vlmo) => ({
  layout,
  ...importTarget(fixtureModel(sizes), names),
});
