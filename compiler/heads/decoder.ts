// From states to token logits (BERT's prediction head, the original's `MLMHead` in modules/heads.py): a linear layer, a
// norm, and logits over the whole vocabulary, for the masked tokens that a head predicts.
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
import { tokenMask } from "../spec/inputs.js";
import { bert, linear as linearTensors, norm, parameter as tensor, zero } from "../spec/parameter.js";
import type { ParameterSpec, Role } from "../spec/parameter.js";
import type { HeadSpec, ModelSpec } from "../spec/spec.js";
import { only, type HeadResult } from "./head.js";
import { masked, maskRead, meanOf } from "./parts.js";

/** A head that predicts tokens, with the settings of its decoder. */
export type Speaker = HeadSpec & { readonly decoder: "free" | "tied"; readonly normEps: number };

const vocabularyOf = ({ text }: ModelSpec): number => text?.tokenizer.vocabulary ?? 0;

/** Parameters of the linear layer, its norm and the decoder, whose weight is tied to the word embeddings or separate. */
export function decoderTensors(
  model: ModelSpec,
  { decoder }: Pick<Speaker, "decoder">,
  { prefix, role }: { prefix: string; role: Role },
): ParameterSpec[] {
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
}

/** Parameters of the embeddings that it reads. */
export function decoderReaches({ decoder }: Pick<Speaker, "decoder">): readonly string[] {
  return decoder === "tied" ? ["embed.text.word.weight"] : [];
}

/** FLOPs per sample with all of its tokens predicted. */
export function decoderFlops(model: ModelSpec): number {
  return 2 * (model.text?.length ?? 0) * model.width * (model.width + vocabularyOf(model));
}

/** Activation elements saved for `rows` predicted tokens. */
export function decoderElements(model: ModelSpec, rows: number): number {
  return rows * (7 * model.width + vocabularyOf(model));
}

/** Cross-entropy of the masked tokens of the text that the head reads. `full` adds the logits of every position. */
export function predictMasked(context: BuildContext, head: Speaker, full: boolean): HeadResult {
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
export function logitsOf(context: BuildContext, head: Speaker, x: Value): Value {
  const prefix = `heads.${head.parametersOf}`;
  const { weight, bias } = affine(context, `${prefix}.transform`);
  const hidden = layerNorm(gelu(linear(x, weight, bias)), affine(context, `${prefix}.norm`), head.normEps);
  const decoder = parameter(context, head.decoder === "tied" ? "embed.text.word.weight" : `${prefix}.decoder.weight`);
  return linear(hidden, decoder, parameter(context, `${prefix}.decoder.bias`));
}
