// Masked language modelling (BERT; the original's modules/heads.py and objectives.py): transform, norm, decoder over the
// vocabulary, on masked positions.
import { z } from "zod";
import { affine, parameter, type BuildContext } from "../build/context.js";
import { textLength, textSpec, tokenIds } from "../build/embed.js";
import { featureOf } from "../build/trunk.js";
import type { Value } from "../ir/graph.js";
import { crossEntropy, gelu, layerNorm, linear } from "../ops/composite.js";
import { equal, mul } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { rows } from "../ops/linear.js";
import { argmax } from "../ops/reduction.js";
import { reshape, total } from "../ops/structure.js";
import { choice, doc, flag } from "../schema/fields.js";
import { ratio } from "../schema/numbers.js";
import { inputs, tokenMask } from "../spec/inputs.js";
import { bert, linear as linearTensors, norm, parameter as tensor, zero } from "../spec/parameter.js";
import type { ModelSpec } from "../spec/spec.js";
import { headRule, only, type HeadOf, type HeadResult } from "./head.js";
import { masked, maskRead, meanOf } from "./parts.js";
import { eps, share } from "./settings.js";

type Head = HeadOf<"masked_tokens">;

const vocabularyOf = ({ text }: ModelSpec): number => text?.tokenizer.vocabulary ?? 0;

/** The decoder is not tied to the word embeddings, as in the original. */
export const maskedTokens = headRule({
  kind: "masked_tokens",
  schema: doc(
    z.object({
      mask: doc(ratio({ open: "both" }).default(0.15), "Share of tokens that are masked."),
      whole_word: doc(flag().default(true), "Masks all tokens of a word together."),
      variant: doc(
        choice("default", "original").default("default"),
        "`original` masks as the original's collator does.",
      ),
      decoder: doc(
        choice("tied", "free").default("tied"),
        "`tied`: the word table is the decoder. `free`: a matrix of its own, as the original.",
      ),
      norm_eps: eps("Of the norm before the decoder; the original has 1e-12."),
      share,
    }),
    "Predicts masked tokens, from the text alone or with the image in view (BERT).",
  ),
  takes: {
    count: [1, 1],
    features: ["text.tokens", "pair.text"],
    words: "the text of a view",
    forms: ["text.tokens", "pair.text"],
  },
  make: ({ mask, whole_word: wholeWord, variant, decoder, norm_eps: normEps }) => ({
    settings: { mask, wholeWord, variant, decoder, normEps },
  }),
  needs: () => [],
  wants: ({ mask: probability, wholeWord, variant }) => ({ maskedTokens: { probability, wholeWord, variant } }),
  parameters: (model, { decoder }, { prefix, role }) => {
    const { width } = model;
    const vocabulary = vocabularyOf(model);
    return [
      ...linearTensors(`${prefix}.transform`, [width, width], role, bert(model)),
      ...norm(`${prefix}.norm`, width, role),
      ...(decoder === "free"
        ? [tensor(`${prefix}.decoder.weight`, [vocabulary, width], role, "matrix", bert(model))]
        : []),
      tensor(`${prefix}.decoder.bias`, [vocabulary], role, "bias", zero),
    ];
  },
  reaches: ({ decoder }) => (decoder === "tied" ? ["embed.text.word.weight"] : []),
  mask: ({ mask: share }) => ({ ...tokenMask, share }),
  flops: (model) => 2 * (model.text?.length ?? 0) * model.width * (model.width + vocabularyOf(model)),
  elements: (model, _head, rows) => rows * (7 * model.width + vocabularyOf(model)),
  metrics: ["accuracy", "perplexity"],
  counted: { noun: "tokens", labels: inputs.tokenLabels },
  shows: "words",
  lower,
});

function lower(context: BuildContext, head: Head, full: boolean): HeadResult {
  const mask = maskRead(context, head, "text");
  const source = { ...tokenMask, from: `${tokenMask.from}${mask.suffix}` };
  const tokens = featureOf(context, only(head), mask);
  const [length, { tokenizer }] = [textLength(context), textSpec(context)];
  const places = masked(context, head, { ...source, length, range: tokenIds(context) });
  const logits = logitsOf(context, head, gather(rows(tokens), places.positions));
  const predicted = argmax(logits, 1);
  const losses = mul(crossEntropy(logits, places.values), places.valid);
  const [batch = 0] = tokens.type.shape;
  const everywhere = (): [string, Value] => [
    "logits",
    reshape(logitsOf(context, head, rows(tokens)), [batch, length, tokenizer.vocabulary]),
  ];
  const { from, ignore } = source;
  return {
    loss: meanOf(context, head, total(losses), { kind: "masked", from, ignore }),
    outputs: new Map<string, Value>([["predicted", predicted], ...(full ? [everywhere()] : [])]),
    sums: new Map([["correct", total(mul(equal(predicted, places.values), places.valid))]]),
  };
}

/** Logits [N, V] of rows [N, D]. */
function logitsOf(context: BuildContext, head: Head, x: Value): Value {
  const prefix = `heads.${head.parametersOf}`;
  const { weight, bias } = affine(context, `${prefix}.transform`);
  const hidden = layerNorm(gelu(linear(x, weight, bias)), affine(context, `${prefix}.norm`), head.normEps);
  const decoder = parameter(context, head.decoder === "tied" ? "embed.text.word.weight" : `${prefix}.decoder.weight`);
  return linear(hidden, decoder, parameter(context, `${prefix}.decoder.bias`));
}
