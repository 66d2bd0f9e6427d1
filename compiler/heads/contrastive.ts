// Image-text contrastive learning (ITC; VLMo §3.3, the original's `compute_itc` in modules/objectives.py): projected,
// normalised class tokens, every image of the run compared with every text.
import { z } from "zod";
import { withOrigin, type Value } from "../ir/graph.js";
import { add, div, exp, mul, scale, sqrt, sub } from "../ops/elementwise.js";
import { crossEntropy } from "../ops/composite.js";
import { matmul } from "../ops/linear.js";
import { fill, sum, total } from "../ops/structure.js";
import { named, once, parameter, type BuildContext } from "../build/context.js";
import { bothWays, compared, ofAllRanks, ownColumns, ownNumbers, type PairRows } from "../build/ranks.js";
import { clsOf, featureOf, fusedTokens, readingOf } from "../build/trunk.js";
import type { HeadContext } from "../check/head/head-context.js";
import { choice, doc, flag } from "../schema/fields.js";
import { real } from "../schema/numbers.js";
import { prefixes } from "../spec/inputs.js";
import { bert, parameter as tensor, type Initial } from "../spec/parameter.js";
import type { FeatureSpec } from "../spec/spec.js";
import { headRule, type HeadResult, type MadeBy } from "./head.js";
import { meanOf, perItem, positives, sigmoidCrossEntropy } from "./parts.js";
import { belongs, falseNegatives, share } from "./settings.js";

/** The two contrasts: of the views themselves, and of the views run through the pair experts. */
type Branch = "" | "fused_";
type View = "image" | "text";

/**
 * Initial bias of the sigmoid loss: nearly all pairs of a batch are negatives, and with this bias each is first
 * predicted to be one (Zhai et al. 2023).
 */
const firstBias = -10;

const schema = doc(
  z.object({
    temperature: doc(real({ least: 0, open: "low" }).default(0.07), "Initial value of the learnt temperature."),
    fused: doc(
      flag().default(false),
      "Also contrasts the sequences passed through the pair experts, and averages the two losses.",
    ),
    pool: doc(
      choice("global", "micro").default("global"),
      "The pool of negatives: the whole batch, or each micro-batch.",
    ),
    loss: doc(
      choice("softmax", "sigmoid").default("softmax"),
      "`softmax`: cross-entropy over all texts and over all images (CLIP). `sigmoid`: binary classification of every pair by itself (SigLIP, which starts at `temperature: 0.1`).",
    ),
    bias: doc(
      real({ least: -Infinity }).optional(),
      "Initial value of the learnt bias of `loss: sigmoid`; default -10.",
    ),
    false_negatives: falseNegatives,
    share,
  }),
  "Contrastive learning: pulls the vectors of an image and its text together and pushes others apart (CLIP, SigLIP).",
);

/** Whether the logits of a loss have a learnt bias. */
const biased: Readonly<Record<z.output<typeof schema>["loss"], boolean>> = { softmax: false, sigmoid: true };

function make(values: z.output<typeof schema>, making: HeadContext) {
  const { temperature, fused, pool, loss, bias, false_negatives: falseNegatives } = values;
  if (!biased[loss] && bias !== undefined) belongs("bias", "loss: sigmoid", making);
  return { settings: { temperature, fused, pool, loss, bias: bias ?? firstBias, falseNegatives } };
}

/** A head of this kind. */
export type Contrast = MadeBy<typeof make>;

const branchesOf = ({ fused }: Contrast): readonly Branch[] => (fused ? ["", "fused_"] : [""]);

/**
 * The temperature is a parameter, stored as log(1 / temperature); `matching` mines hard negatives by the scaled
 * similarities.
 */
export const contrastive = headRule({
  kind: "contrastive",
  schema,
  takes: {
    count: [2, 2],
    features: ["image.cls", "text.cls"],
    words: "one vector of images and one of texts",
    forms: ["image.cls, text.cls"],
    together: "two views",
  },
  make,
  needs: () => ["match"],
  wants: (head) => (head.falseNegatives === "mask" ? { matches: true } : {}),
  parameters: (model, head, { prefix, role }) => {
    const start: Initial = { kind: "constant", value: Math.log(1 / head.temperature) };
    const bias: Initial = { kind: "constant", value: head.bias };
    return branchesOf(head).flatMap((branch) => [
      ...["image", "text"].map((side) =>
        tensor(`${prefix}.${branch}${side}.weight`, [model.width, model.width], role, "matrix", bert(model)),
      ),
      tensor(`${prefix}.${branch}scale`, [], role, "scale", start),
      ...(biased[head.loss] ? [tensor(`${prefix}.${branch}bias`, [], role, "bias", bias)] : []),
    ]);
  },
  shape: ({ fused, loss }) => ({ fused, loss }),
  contrasts: ({ pool }) => (pool === "global" ? "batch" : "micro"),
  vectors,
  fused: ({ fused }) => fused,
  flops: ({ width }, head) => branchesOf(head).length * 4 * width ** 2,
  elements: ({ width }, head) => branchesOf(head).length * 2 * 3 * width,
  exchanged: ({ model: { width } }, head) => {
    const vectors = branchesOf(head).length * 2 * width;
    return { there: vectors, back: vectors };
  },
  metrics: ["recall"],
  counted: { noun: "pairs", labels: null },
  shows: "ranked",
  task: () => "zero-shot-image-classification",
  lower,
});

function lower(context: BuildContext, head: Contrast): HeadResult {
  const outputs = new Map<string, Value>();
  const left = head.falseNegatives === "keep" ? null : falseNegativesOf(context, head);
  const losses = branchesOf(head).map((branch) => {
    const { image, text } = embeddings(context, head, branch);
    const { i2t, t2i } = logits(context, head, branch);
    outputs.set(`${branch}image`, image).set(`${branch}text`, text);
    outputs.set(`${branch}logits_i2t`, i2t).set(`${branch}logits_t2i`, t2i);
    return lossesByName[head.loss](context, { i2t, t2i }, left);
  });
  const loss = losses.reduce((a, b) => add(a, b));
  return { loss: meanOf(context, head, scale(loss, 1 / losses.length), perItem), outputs, sums: new Map() };
}

/** 1 for other pairs that are known to match, and so do not count as negatives. */
function falseNegativesOf(context: BuildContext, head: Contrast): PairRows {
  const known = positives(context, head);
  const own = ownColumns(context);
  return bothWays(context, (way) => sub(known[way], own));
}

/** Loss summed over the pairs of a run, from logits; `falseNegatives` is 1 for pairs to leave out (null: none). */
const lossesByName: Readonly<
  Record<Contrast["loss"], (context: BuildContext, logits: PairRows, falseNegatives: PairRows | null) => Value>
> = {
  softmax: (context, logits, falseNegatives) => {
    const { i2t, t2i } =
      falseNegatives === null ? logits : bothWays(context, (way) => sub(logits[way], scale(falseNegatives[way], 1e9)));
    const found = (rows: Value): Value => total(crossEntropy(rows, ownNumbers(context)));
    return scale(add(found(i2t), found(t2i)), 0.5);
  },
  // Zhai et al. 2023, arXiv:2303.15343, algorithm 1.
  sigmoid: (context, { i2t }, falseNegatives) => {
    const each = sigmoidCrossEntropy(i2t, ownColumns(context));
    return total(falseNegatives === null ? each : mul(each, sub(fill(1), falseNegatives.i2t)));
  },
};

/** Logits of the loss: similarities, plus the bias where there is one. */
function logits(context: BuildContext, head: Contrast, branch: Branch): PairRows {
  const scores = similarities(context, head, branch);
  if (!biased[head.loss]) return scores;
  const bias = parameter(context, `heads.${head.parametersOf}.${branch}bias`);
  return bothWays(context, (way) => add(scores[way], bias));
}

/**
 * exp(scale)·I·Tᵀ of own images with all texts, and of own texts with all images. Hard negatives are mined by the same
 * values.
 */
export function similarities(context: BuildContext, head: Contrast, branch: Branch = ""): PairRows {
  return once(context, `similarities ${head.name} ${branch}`, () => {
    const { image, text } = embeddings(context, head, branch);
    const temperature = exp(parameter(context, `heads.${head.parametersOf}.${branch}scale`));
    const ways = { i2t: [image, text], t2i: [text, image] } as const;
    return bothWays(context, (way) => {
      const [own, others] = ways[way];
      return mul(matmul(own, ofAllRanks(context, others), { transB: true }), temperature);
    });
  });
}

function vectors(context: BuildContext, head: Contrast): ReadonlyMap<string, Value> {
  return new Map(
    branchesOf(head).flatMap((branch) => {
      const { image, text } = embeddings(context, head, branch);
      return [[`${branch}image`, image] as const, [`${branch}text`, text] as const];
    }),
  );
}

/** Unit vectors [B, D] of both sides, for comparison with those of all ranks. */
function embeddings(context: BuildContext, head: Contrast, branch: Branch): { image: Value; text: Value } {
  return once(context, `embeddings ${head.name} ${branch}`, () => {
    const side = (view: View): Value =>
      context.extent === "pool" ? pooled(context, head, view, branch) : embedding(context, head, view, branch);
    return { image: compared(context, side("image")), text: compared(context, side("text")) };
  });
}

/** The same for all micro-batches, as inputs, which another program computes. */
function pooled(context: BuildContext, head: Contrast, view: View, branch: Branch): Value {
  const shape = [context.sizes.batch, context.model.width];
  return named(context, `${prefixes.pool}${head.name}.${branch}${view}`, "batch", { dtype: "float32", shape });
}

/** Unit vectors [B, D] of one side, which retrieval encodes. */
function embedding(context: BuildContext, head: Contrast, view: View, branch: Branch): Value {
  const feature = head.features.find((entry) => entry.view === view);
  if (feature === undefined) throw new Error(`internal: contrastive head ${head.name} has no ${view} feature`);
  return withOrigin({ span: head.span, part: `heads/${head.name}` }, () => {
    const vector = branch === "" ? featureOf(context, feature) : fused(context, feature);
    return normalised(
      matmul(vector, parameter(context, `heads.${head.parametersOf}.${branch}${view}.weight`), { transB: true }),
    );
  });
}

function fused(context: BuildContext, feature: FeatureSpec): Value {
  return clsOf(fusedTokens(context, readingOf(context, feature, null)));
}

/** x / |x| along the last axis, without an epsilon, as in the original. */
function normalised(x: Value): Value {
  return div(x, sqrt(sum(mul(x, x), [1], true)));
}
