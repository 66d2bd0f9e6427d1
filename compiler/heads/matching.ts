// Image-text matching (ITM; VLMo §3.3, the original's `compute_itm_hardneg` in modules/objectives.py): true pairs
// against two kinds of hard negatives, mined by the similarities of a contrastive head.
import { z } from "zod";
import type { Value } from "../ir/graph.js";
import { linear } from "../ops/composite.js";
import { concat, constant, fill } from "../ops/structure.js";
import { affine, type BuildContext } from "../build/context.js";
import { imageEmbedding, textEmbedding, textMask } from "../build/embed.js";
import {
  featureOf,
  runLayers,
  finalNorm,
  joined,
  pairMask,
  pooled,
  readingOf,
  top,
  type Reading,
} from "../build/trunk.js";
import { minedHead, type HeadContext } from "../check/head/head-context.js";
import { negatives } from "../schema/constructors.js";
import { doc } from "../schema/fields.js";
import { constructor } from "../schema/families.js";
import { bert, linear as linearTensors } from "../spec/parameter.js";
import { contrastive } from "./contrastive.js";
import { exchanged, mined, negativesOf, type Negatives } from "./hard-negatives.js";
import { headRule, only, type HeadResult, type MadeBy } from "./head.js";
import { classified, meanOf } from "./parts.js";
import { falseNegatives, share } from "./settings.js";

const schema = doc(
  z.object({
    negatives: doc(constructor("source of negatives", negatives), "Where negative pairs come from."),
    false_negatives: falseNegatives,
    share,
  }),
  "Image-text matching: is the text true of the image? Half of the pairs are negatives.",
);

function make(
  { negatives: { head, from }, false_negatives: falseNegatives }: z.output<typeof schema>,
  making: HeadContext,
) {
  const source = minedHead(contrastive.kind, head, making);
  if (source === null) return null;
  const negatives = { head: making.context.nameOf(source), from };
  return { settings: { negatives, falseNegatives }, minesFrom: source };
}

type Head = MadeBy<typeof make>;

/** The true pair, the pair with another image, the pair with another text. */
const pairings = 3;

/** Reads the logits of a contrastive head of the same stage; no gradient flows through the mining. */
export const matching = headRule({
  kind: "matching",
  schema,
  takes: { count: [1, 1], features: ["pair.pooled"], words: "one vector of the pair", forms: ["pair.pooled"] },
  make,
  needs: () => ["match"],
  wants: (head) => (head.falseNegatives === "mask" ? { matches: true } : {}),
  parameters: (model, _head, { prefix, role }) => linearTensors(`${prefix}.fc`, [2, model.width], role, bert(model)),
  shape: () => ({}),
  mines: ({ negatives: { head, from } }) => (from === "pool" ? head : null),
  mined,
  ownPasses: pairings,
  flops: ({ width }) => pairings * (2 * width ** 2 + 4 * width),
  elements: ({ width }) => pairings * 3 * width,
  exchanged,
  metrics: ["accuracy"],
  judges,
  counted: { noun: "pairs, right and wrong", labels: null },
  shows: null,
  task: () => null,
  lower,
});

function lower(context: BuildContext, head: Head): HeadResult {
  const reading = readingOf(context, only(head), null);
  const negatives = negativesOf(context, head, reading);
  const logits = matchingLogits(context, head, reading, negatives);
  const { batch } = context.sizes;
  const labels = constant(
    [pairings * batch],
    Int32Array.from({ length: pairings * batch }, (_, i) => (i < batch ? 1 : 0)),
  );
  const valid = concat([fill(1, [batch]), negatives.hasImage, negatives.hasText], 0);
  const { loss, correct } = classified(logits, labels, valid);
  return {
    loss: meanOf(context, head, loss, negatives.count),
    outputs: new Map([["logits", logits], ...negatives.outputs]),
    sums: new Map([["correct", correct]]),
  };
}

/** Logits [B, 2] of the true pairs. */
function judges(context: BuildContext, head: Head): Value {
  const { weight, bias } = affine(context, `heads.${head.parametersOf}.fc`);
  return linear(featureOf(context, only(head)), weight, bias);
}

/** Logits [3B, 2] in one pass: true pairs; own texts with mined images; own images with mined texts. */
function matchingLogits(context: BuildContext, head: Head, reading: Reading, other: Negatives): Value {
  const image = imageEmbedding(context, reading.image);
  const text = textEmbedding(context, reading.text);
  const mask = textMask(context);
  const tokens = concat([joined(text, image), joined(text, other.image), joined(other.text, image)], 0);
  const masks = concat(
    [mask, mask, other.mask].map((part) => pairMask(context, part)),
    0,
  );
  const states = runLayers(context, { name: head.name, view: "pair", tokens, mask: masks }, { from: 1, route: "pair" });
  const { weight, bias } = affine(context, `heads.${head.parametersOf}.fc`);
  return linear(pooled(context, finalNorm(context, top(states))), weight, bias);
}
