// Masked image modelling, with a loss on masked patches only: regression of pixels, each patch normalised by its own
// mean and standard deviation (MAE, §4), or classification of visual tokens (BEiT, §2.3).
import { z } from "zod";
import { affine, indices, type BuildContext } from "../build/context.js";
import { patchPixels } from "../build/embed.js";
import { featureOf, readingOf } from "../build/trunk.js";
import type { HeadContext, HeadDraft } from "../check/head/head-context.js";
import { named } from "../check/named.js";
import { diagnose } from "../codes.js";
import type { Value } from "../ir/graph.js";
import { crossEntropy, linear } from "../ops/composite.js";
import { add, div, equal, mean, mul, sqrt, sub } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { rows } from "../ops/linear.js";
import { argmax } from "../ops/reduction.js";
import { fill, reshape, sum, total } from "../ops/structure.js";
import { patchMasks, patchTargets } from "../schema/constructors.js";
import { doc } from "../schema/fields.js";
import { constructor } from "../schema/families.js";
import { inputs, patchMask } from "../spec/inputs.js";
import { linear as linearTensors, trunk } from "../spec/parameter.js";
import { patchesPerSide, pixelsPerPatch } from "../spec/geometry.js";
import type { FeatureSpec, ModelSpec } from "../spec/spec.js";
import { headRule, isOf, only, type HeadResult, type MadeBy } from "./head.js";
import { masked, maskRead, meanOf } from "./parts.js";
import { share } from "./settings.js";
import { codeFlops, codesOf, narrowedTokenizer, visualTokenizer, type VisualTokenizer } from "./visual-tokenizer.js";

/** Targets: pixels, normalised per patch, or codes of a tokenizer, of a head, or from a file. */
type Targets =
  | { readonly kind: "pixels" }
  | { readonly kind: "tokens"; readonly coder: VisualTokenizer; readonly count: number }
  | { readonly kind: "codes"; readonly file: string; readonly count: number };

const targets = constructor("target", patchTargets);

const schema = doc(
  z.object({
    mask: doc(constructor("mask", patchMasks).default({ kind: "blockwise", ratio: 0.4 }), "Which patches are masked."),
    targets: doc(targets.default({ kind: "pixels" }), "What is predicted of a masked patch."),
    share,
  }),
  "Reconstructs masked patches (BEiT; MAE for pixels).",
);

function make(values: z.output<typeof schema>, making: HeadContext) {
  const { kind, ratio } = values.mask;
  const read = readTargets(values.targets, making);
  if (read === null) return null;
  const { targets, codesFrom } = read;
  return { settings: { mask: { kind, ratio }, targets }, codesFrom };
}

type Head = MadeBy<typeof make>;

/** Outputs per masked patch: the logits of codes, or pixels. */
function outputsOf(model: ModelSpec, { targets }: Head): number {
  switch (targets.kind) {
    case "tokens":
    case "codes":
      return targets.count;
    case "pixels":
      return pixelsPerPatch(model);
  }
}

/** Pixels (MAE) are an alternative to BEiT's codes, so that a first stage needs no tokenizer. */
export const maskedPatches = headRule({
  kind: "masked_patches",
  schema,
  takes: {
    count: [1, 1],
    features: ["image.patches", "pair.patches"],
    words: "the patches of a view",
    forms: ["image.patches", "pair.patches"],
  },
  make,
  needs: () => [],
  wants: ({ mask: { kind: shape, ratio }, targets, span }) => ({
    maskedPatches: { shape, ratio },
    ...(targets.kind === "codes" && {
      patchCodes: { file: targets.file, namedIn: span.file.path, count: targets.count },
    }),
  }),
  parameters: (model, head, { prefix, role }) =>
    linearTensors(`${prefix}.decoder`, [outputsOf(model, head), model.width], role, trunk(model)),
  shape: ({ targets }) => ({ targets: "count" in targets ? `${targets.count} codes` : targets.kind }),
  reaches: () => ["embed.image.mask"],
  mask: ({ mask: { ratio: share } }) => ({ ...patchMask, share }),
  codesFrom: ({ targets }) => (targets.kind === "tokens" ? targets.coder : null),
  narrowed: (head) => ({ ...head, targets: narrowedTargets(head.targets) }),
  flops: (model, head) => {
    const { targets, mask } = head;
    const coding = targets.kind === "tokens" ? codeFlops(model, targets.coder) : 0;
    return coding + 2 * patchesPerSide(model) ** 2 * mask.ratio * model.width * outputsOf(model, head);
  },
  elements: (model, head, rows) => rows * (2 * model.width + outputsOf(model, head)),
  metrics: ["accuracy"],
  unmeasured: ({ targets }) =>
    targets.kind === "pixels"
      ? {
          reason: "it predicts pixels, which are not right or wrong",
          help: "leave it out, or predict codes: `targets: tokens(…)`",
        }
      : null,
  counted: { noun: "patches", labels: null },
  shows: null,
  task: () => null,
  lower,
});

interface Read {
  readonly targets: Targets;
  readonly codesFrom: HeadDraft | null;
}

/** `tokens("codes.safetensors")` reads codes from a file; `tokens(coder)` takes those of a visual tokenizer of the spec. */
function readTargets(read: z.output<typeof targets>, { other, context }: HeadContext): Read | null {
  if (read.kind === "pixels") return { targets: { kind: "pixels" }, codesFrom: null };
  const { source, count } = read;
  const { expression } = source;
  if (expression.kind === "string")
    return { targets: { kind: "codes", file: expression.value, count: count ?? 8192 }, codesFrom: null };
  const declared = named(source, "head", context);
  const coder = declared === null ? null : other(declared);
  if (coder === null) return null;
  const { head } = coder;
  const { name } = head;
  if (!isOf(visualTokenizer, head)) {
    const holes = { name, found: `\`${head.kind}\` head`, wanted: "`visual_tokenizer` head" };
    context.report(diagnose("V107", expression.span, holes, { help: "name a head `visual_tokenizer(image)`" }));
    return null;
  }
  const { codes } = head;
  if (count !== undefined && count !== codes) {
    const holes = { key: "count", wanted: `${codes}, the number of codes of \`${name}\``, value: String(count) };
    context.report(diagnose("V207", expression.span, holes, { help: "leave `count` out" }));
    return null;
  }
  return { targets: { kind: "tokens", coder: head, count: codes }, codesFrom: coder };
}

function lower(context: BuildContext, head: Head): HeadResult {
  const feature = only(head);
  const mask = maskRead(context, head, "image");
  const { what, of } = wantedOf(context, head, feature);
  const range = { least: 0, most: 1, what: "marks of patches" };
  const source = { ...patchMask, from: `${patchMask.from}${mask.suffix}` };
  const places = masked(context, head, { ...source, length: patchesPerSide(context.model) ** 2, range });
  const { weight, bias } = affine(context, `heads.${head.parametersOf}.decoder`);
  const predicted = linear(gather(rows(featureOf(context, feature, mask)), places.positions), weight, bias);
  const { losses, outputs, right } = compared[what](predicted, gather(of, places.positions));
  const { from, ignore } = source;
  return {
    loss: meanOf(context, head, total(mul(losses, places.valid)), { kind: "masked", from, ignore }),
    outputs,
    sums: new Map(right === null ? [] : [["correct", total(mul(right, places.valid))]]),
  };
}

/** The target of every patch: its pixels [B·P, C·p·p], or its code, int32 [B·P]. */
function wantedOf(context: BuildContext, head: Head, feature: FeatureSpec): Wanted {
  const { targets } = head;
  switch (targets.kind) {
    case "pixels":
      return { what: "pixels", of: rows(patchPixels(context, readingOf(context, feature, null).image)) };
    case "tokens":
      return { what: "codes", of: codesOf(context, targets.coder, feature) };
    case "codes": {
      const [{ batch }, patches] = [context.sizes, patchesPerSide(context.model) ** 2];
      const range = { least: 0, most: targets.count - 1, what: "codes of patches" };
      const name = `${inputs.patchCodes}${context.suffixOf(head, "patchCodes")}`;
      const codes = indices(context, name, [batch, patches], range);
      return { what: "codes", of: reshape(codes, [batch * patches]) };
    }
  }
}

interface Wanted {
  readonly what: "pixels" | "codes";
  readonly of: Value;
}

/** The loss of each masked patch, the outputs, and which predictions are right. */
interface Compared {
  readonly losses: Value;
  readonly outputs: ReadonlyMap<string, Value>;
  readonly right: Value | null;
}

const compared = { pixels: regression, codes: classification } satisfies Record<Wanted["what"], unknown>;

function regression(predicted: Value, pixels: Value): Compared {
  const difference = sub(predicted, standardised(pixels));
  const losses = mean(mul(difference, difference), [1]);
  return { losses, outputs: new Map([["predictions", predicted]]), right: null };
}

function classification(logits: Value, codes: Value): Compared {
  const predicted = argmax(logits, 1);
  const outputs = new Map(Object.entries({ predicted, wanted: codes }));
  return { losses: crossEntropy(logits, codes), outputs, right: equal(predicted, codes) };
}

const eps = 1e-6;

/** (x - mean) / √(variance + eps) per row, with the variance over n - 1 as in MAE. */
function standardised(x: Value): Value {
  const size = x.type.shape[1] ?? 1;
  const centred = sub(x, mean(x, [1], true));
  const variance = div(sum(mul(centred, centred), [1], true), fill(Math.max(1, size - 1)));
  return div(centred, sqrt(add(variance, fill(eps))));
}

function narrowedTargets(targets: Targets): Targets {
  if (targets.kind !== "tokens") return targets;
  const coder = narrowedTokenizer(targets.coder);
  return { ...targets, coder, count: coder.codes };
}
