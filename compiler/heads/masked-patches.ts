// Masked image modelling by regression of pixels, each patch normalised by its own mean and deviation (MAE, §4), on
// masked patches only. Visual tokens as targets (BEiT) belong to a later issue.
import { z } from "zod";
import { affine, type BuildContext } from "../build/context.js";
import { patchPixels } from "../build/embed.js";
import { featureOf, readingOf } from "../build/trunk.js";
import { headNamed, type HeadContext } from "../check/head/head-context.js";
import type { Value } from "../ir/graph.js";
import { linear } from "../ops/composite.js";
import { add, div, mean, mul, sqrt, sub } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { rows } from "../ops/linear.js";
import { fill, sum, total } from "../ops/structure.js";
import { patchMasks, patchTargets } from "../schema/constructors.js";
import { doc } from "../schema/fields.js";
import { constructor } from "../schema/read.js";
import { inputs, patchMask } from "../spec/inputs.js";
import { linear as linearTensors, trunk } from "../spec/parameter.js";
import { patchesPerSide, pixelsPerPatch } from "../spec/geometry.js";
import type { ModelSpec } from "../spec/spec.js";
import { headRule, only, type HeadOf, type HeadResult } from "./head.js";
import { masked, maskRead, meanOf } from "./parts.js";
import { share } from "./settings.js";

type Head = HeadOf<"masked_patches">;

const targets = constructor("target", patchTargets);

/** What is predicted of one masked patch: a code's scores, or its pixels. */
function outputsOf(model: ModelSpec, { targets }: Head): number {
  switch (targets.kind) {
    case "tokens":
      return targets.count;
    case "pixels":
      return pixelsPerPatch(model);
  }
}

/** Regresses pixels (MAE) where BEiT predicts codes, so that a first stage needs no tokenizer. */
export const maskedPatches = headRule({
  kind: "masked_patches",
  schema: doc(
    z.object({
      mask: doc(
        constructor("mask", patchMasks).default({ kind: "blockwise", ratio: 0.4 }),
        "Which patches are masked.",
      ),
      targets: doc(targets.default({ kind: "pixels" }), "What is predicted of a masked patch."),
      share,
    }),
    "Reconstructs masked patches (BEiT; MAE for pixels).",
  ),
  takes: {
    count: [1, 1],
    features: ["image.patches", "pair.patches"],
    words: "the patches of a view",
    forms: ["image.patches", "pair.patches"],
  },
  make: (values, making) => {
    const { kind, ratio } = values.mask;
    const targets = readTargets(values.targets, making);
    return targets === null ? null : { settings: { mask: { kind, ratio }, targets } };
  },
  needs: () => [],
  wants: ({ mask: { kind: shape, ratio } }) => ({ maskedPatches: { shape, ratio } }),
  parameters: (model, head, { prefix, role }) =>
    linearTensors(`${prefix}.decoder`, [outputsOf(model, head), model.width], role, trunk(model)),
  reaches: () => ["embed.image.mask"],
  mask: ({ mask: { ratio: share } }) => ({ ...patchMask, share }),
  flops: (model, head) => 2 * patchesPerSide(model) ** 2 * head.mask.ratio * model.width * outputsOf(model, head),
  elements: (model, head, rows) => rows * (2 * model.width + outputsOf(model, head)),
  metrics: [],
  counted: { noun: "patches", labels: inputs.patchMask },
  shows: null,
  lower,
});

/** `tokens("codes.bin")` reads codes of a file; `tokens(coder)` those of a visual tokenizer of the spec. */
function readTargets(read: z.output<typeof targets>, making: HeadContext): Head["targets"] | null {
  if (read.kind === "pixels") return { kind: "pixels" };
  const { expression } = read.source;
  if (expression.kind === "string") return { kind: "tokens", source: expression.value, count: read.count };
  const source = headNamed(read.source, making.context);
  return source === null ? null : { kind: "tokens", source: making.context.nameOf(source), count: read.count };
}

function lower(context: BuildContext, head: Head): HeadResult {
  const feature = only(head);
  const mask = maskRead(context, head, "image");
  const source = { ...patchMask, from: `${patchMask.from}${mask.suffix}` };
  const pixels = patchPixels(context, readingOf(context, feature, mask).image);
  const range = { least: 0, most: 1, what: "marks of patches" };
  const places = masked(context, head, { ...source, length: pixels.type.shape[1] ?? 0, range });
  const { weight, bias } = affine(context, `heads.${head.parametersOf}.decoder`);
  const predicted = linear(gather(rows(featureOf(context, feature, mask)), places.positions), weight, bias);
  const wanted = standardised(gather(rows(pixels), places.positions));
  const difference = sub(predicted, wanted);
  const errors = mul(mean(mul(difference, difference), [1]), places.valid);
  const { from, ignore } = source;
  return {
    loss: meanOf(context, head, total(errors), { kind: "masked", from, ignore }),
    outputs: new Map([["predictions", predicted]]),
    sums: new Map(),
  };
}

const eps = 1e-6;

/** (x - mean) / √(variance + eps) per row, the variance over n - 1 as in MAE. */
function standardised(x: Value): Value {
  const size = x.type.shape[1] ?? 1;
  const centred = sub(x, mean(x, [1], true));
  const variance = div(sum(mul(centred, centred), [1], true), fill(Math.max(1, size - 1)));
  return div(centred, sqrt(add(variance, fill(eps))));
}
