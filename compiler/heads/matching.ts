// Image-text matching (ITM; VLMo §3.3, the original's `compute_itm_hardneg` in modules/objectives.py): true pairs
// against two kinds of negatives, mined by the contrastive scores.
import { z } from "zod";
import type { Value } from "../ir/graph.js";
import { linear, softmax } from "../ops/composite.js";
import { add, greater, mul, scale, select, sub } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { argmax, max } from "../ops/reduction.js";
import { concat, constant, fill, stopGradient, transpose } from "../ops/structure.js";
import { affine, forcedIndices, headOf, noise, type BuildContext } from "../build/context.js";
import { imageEmbedding, textEmbedding, textMask } from "../build/embed.js";
import { runLayers, finalNorm, joined, pairMask, pooled, readingOf, top } from "../build/trunk.js";
import { contrastiveNamed } from "../check/head/head-context.js";
import { negatives } from "../schema/constructors.js";
import { doc } from "../schema/fields.js";
import { constructor } from "../schema/read.js";
import { inputs } from "../spec/inputs.js";
import { bert, linear as linearTensors } from "../spec/parameter.js";
import { similarities } from "./contrastive.js";
import { headRule, only, type HeadOf, type HeadResult } from "./head.js";
import { classified, meanOf, positives } from "./parts.js";
import { falseNegatives, share } from "./settings.js";

type Head = HeadOf<"matching">;

/** The pair as it is, with another image, with another text. */
const pairings = 3;

/** Reads the logits of a contrastive head of the same stage; no gradient goes through the choice. */
export const matching = headRule({
  kind: "matching",
  schema: doc(
    z.object({
      negatives: doc(constructor("source of negatives", negatives), "Where wrong pairs come from."),
      false_negatives: falseNegatives,
      share,
    }),
    "Is the text true of the image? Half of the pairs are wrong ones.",
  ),
  takes: { count: [1, 1], features: ["pair.pooled"], words: "one vector of the pair", forms: ["pair.pooled"] },
  make: ({ negatives: { head, from }, false_negatives: falseNegatives }, making) => {
    const source = contrastiveNamed(head, making);
    if (source === null) return null;
    const negatives = { head: making.context.nameOf(source), from };
    return { settings: { negatives, falseNegatives }, minesFrom: source };
  },
  needs: () => ["match"],
  wants: (head) => (head.falseNegatives === "mask" ? { matches: true } : {}),
  parameters: (model, _head, { prefix, role }) => linearTensors(`${prefix}.fc`, [2, model.width], role, bert(model)),
  mines: ({ negatives: { head, from } }) => (from === "pool" ? head : null),
  ownPasses: pairings,
  flops: ({ width }) => pairings * (2 * width ** 2 + 4 * width),
  elements: ({ width }) => pairings * 3 * width,
  metrics: ["accuracy"],
  counted: { noun: "pairs, right and wrong", labels: null },
  shows: null,
  lower,
});

function lower(context: BuildContext, head: Head): HeadResult {
  const contrast = headOf(context, head.negatives.head);
  if (contrast.kind !== "contrastive") throw new Error(`internal: ${head.name} mines from ${contrast.kind}`);
  const scores = stopGradient(similarities(context, contrast));
  const textsOfImages = sub(fill(1), positives(context, head));
  const [i2t, t2i] = [
    { scores, allowed: textsOfImages },
    { scores: transpose(scores, [1, 0]), allowed: transpose(textsOfImages, [1, 0]) },
  ];
  const negativeImage = mined(context, head, { ...t2i, noise: "noise_t2i", forced: "neg_image_idx" });
  const negativeText = mined(context, head, { ...i2t, noise: "noise_i2t", forced: "neg_text_idx" });
  const logits = matchingLogits(context, head, negativeImage, negativeText);
  const { batch } = context.sizes;
  const labels = constant(
    [pairings * batch],
    Int32Array.from({ length: pairings * batch }, (_, i) => (i < batch ? 1 : 0)),
  );
  const valid = concat([fill(1, [batch]), anyOf(t2i.allowed), anyOf(i2t.allowed)], 0);
  const { loss, correct } = classified(logits, labels, valid);
  return {
    loss: meanOf(context, head, loss, {
      kind: "pairs",
      matches: head.falseNegatives === "keep" ? null : inputs.matches,
    }),
    outputs: new Map([
      ["logits", logits],
      ["weights_i2t", mul(softmax(i2t.scores), i2t.allowed)],
      ["weights_t2i", mul(softmax(t2i.scores), t2i.allowed)],
      ["neg_image_idx", negativeImage],
      ["neg_text_idx", negativeText],
    ]),
    sums: new Map([["correct", correct]]),
  };
}

/** What negatives are drawn from, [B, B] each: `allowed` is 0 for what is no negative of the row. */
interface Mining {
  readonly scores: Value;
  readonly allowed: Value;
  readonly noise: string;
  readonly forced: string;
}

/**
 * One column per row, drawn with the softmax weights of its negatives: argmax(score + Gumbel) over them, which never runs
 * out of weight where the original's softmax underflows. A forced index ≥ 0 is taken instead.
 */
function mined(context: BuildContext, head: Head, what: Mining): Value {
  const { batch } = context.sizes;
  const distribution = { kind: "gumbel", shape: [batch, batch], items: 0 } as const;
  const gumbel = noise(context, `${head.name}.${what.noise}`, distribution, 0);
  const drawn = argmax(sub(add(what.scores, gumbel), scale(sub(fill(1), what.allowed), 1e9)), 1);
  const range = { least: 0, most: batch - 1, none: -1, what: "samples of the batch" };
  const forced = forcedIndices(context, `${head.name}.${what.forced}`, [batch], range);
  return select(greater(forced, constant([batch], Int32Array.of(-1))), forced, drawn);
}

/** Logits [3B, 2]: own pairs; own texts with mined images; mined texts with own images, in one pass. */
function matchingLogits(context: BuildContext, head: Head, negativeImage: Value, negativeText: Value): Value {
  const reading = readingOf(context, only(head), null);
  const image = imageEmbedding(context, reading.image);
  const text = textEmbedding(context, reading.text);
  const mask = textMask(context);
  const other = {
    image: gather(image, negativeImage),
    text: gather(text, negativeText),
    mask: gather(mask, negativeText),
  };
  const tokens = concat([joined(text, image), joined(text, other.image), joined(other.text, image)], 0);
  const masks = concat(
    [mask, mask, other.mask].map((part) => pairMask(context, part)),
    0,
  );
  const states = runLayers(context, { name: head.name, view: "pair", tokens, mask: masks }, { from: 1, route: "pair" });
  const { weight, bias } = affine(context, `heads.${head.parametersOf}.fc`);
  return linear(pooled(context, finalNorm(context, top(states))), weight, bias);
}

/** [B]: 1 for rows that hold any 1. */
function anyOf(rows: Value): Value {
  return max(rows, 1);
}
