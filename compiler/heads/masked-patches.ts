// Masked image modelling by regression of pixels, each patch normalised by its own mean and deviation (MAE, §4), on
// masked patches only. Visual tokens as targets (BEiT) belong to a later issue.
import { linear } from "../ops/composite.js";
import { add, div, mean, mul, sqrt, sub } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { rows } from "../ops/linear.js";
import { fill, sum, total } from "../ops/structure.js";
import type { Value } from "../ir/graph.js";
import { affine } from "../build/context.js";
import { patchPixels } from "../build/embed.js";
import { featureOf, readingOf } from "../build/trunk.js";
import type { HeadLowering } from "./head.js";
import { masked, meanOf, only } from "./parts.js";

const eps = 1e-6;
const mask = { from: "patch_mask", ignore: 0 } as const;

export const maskedPatches: HeadLowering<"masked_patches"> = {
  lower: (context, head) => {
    const feature = only(head);
    const pixels = patchPixels(context, readingOf(context, feature, "image").image);
    const range = { least: 0, most: 1, what: "marks of patches" };
    const places = masked(context, head, { ...mask, length: pixels.type.shape[1] ?? 0, range });
    const { weight, bias } = affine(context, `heads.${head.parametersOf}.decoder`);
    const predicted = linear(gather(rows(featureOf(context, feature, "image")), places.positions), weight, bias);
    const wanted = standardised(gather(rows(pixels), places.positions));
    const difference = sub(predicted, wanted);
    const errors = mul(mean(mul(difference, difference), [1]), places.valid);
    return {
      loss: meanOf(context, head, total(errors), { kind: "masked", ...mask }),
      outputs: new Map([["predictions", predicted]]),
      sums: new Map(),
    };
  },
};

/** (x - mean) / √(variance + eps) per row, the variance over n - 1 as in MAE. */
function standardised(x: Value): Value {
  const size = x.type.shape[1] ?? 1;
  const centred = sub(x, mean(x, [1], true));
  const variance = div(sum(mul(centred, centred), [1], true), fill(Math.max(1, size - 1)));
  return div(centred, sqrt(add(variance, fill(eps))));
}
