// Masked language modelling (BERT; facts.md §4–5): transform, norm, decoder over the vocabulary, on masked positions.
import { crossEntropy, gelu, layerNorm, linear } from "../ops/composite.js";
import { equal, mul } from "../ops/elementwise.js";
import { rows } from "../ops/linear.js";
import { argmax } from "../ops/reduction.js";
import { gather } from "../ops/indexing.js";
import { reshape, total } from "../ops/structure.js";
import type { Value } from "../ir/graph.js";
import { affine, parameter, type BuildContext } from "../build/context.js";
import { textLength, textSpec, tokenIds } from "../build/embed.js";
import { featureOf } from "../build/trunk.js";
import type { HeadLowering, HeadOf } from "./head.js";
import { masked, meanOf, only } from "./parts.js";

/** The collator writes -100 where nothing is to be predicted. */
const labels = { from: "text_labels_mlm", ignore: -100 } as const;

export const maskedTokens: HeadLowering<"masked_tokens"> = {
  lower: (context, head, full) => {
    const tokens = featureOf(context, only(head), "text");
    const [length, { tokenizer }] = [textLength(context), textSpec(context)];
    const places = masked(context, head, { ...labels, length, range: tokenIds(context) });
    const logits = logitsOf(context, head, gather(rows(tokens), places.positions));
    const predicted = argmax(logits, 1);
    const losses = mul(crossEntropy(logits, places.values), places.valid);
    const [batch = 0] = tokens.type.shape;
    const everywhere = (): [string, Value] => [
      "logits",
      reshape(logitsOf(context, head, rows(tokens)), [batch, length, tokenizer.vocabulary]),
    ];
    return {
      loss: meanOf(context, head, total(losses), { kind: "masked", ...labels }),
      outputs: new Map<string, Value>([["predicted", predicted], ...(full ? [everywhere()] : [])]),
      sums: new Map([["correct", total(mul(equal(predicted, places.values), places.valid))]]),
    };
  },
};

/** Logits [N, V] of rows [N, D]. */
function logitsOf(context: BuildContext, head: HeadOf<"masked_tokens">, x: Value): Value {
  const prefix = `heads.${head.parametersOf}`;
  const { weight, bias } = affine(context, `${prefix}.transform`);
  const hidden = layerNorm(gelu(linear(x, weight, bias)), affine(context, `${prefix}.norm`), head.normEps);
  const decoder = parameter(context, head.decoder === "tied" ? "embed.text.word.weight" : `${prefix}.decoder.weight`);
  return linear(hidden, decoder, parameter(context, `${prefix}.decoder.bias`));
}
