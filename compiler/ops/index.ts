// The op table. A new op is defined in its family's file and listed here; `tsc` then names every target that lacks it.
import { attentionGradientOp, attentionOp } from "./attention.js";
import { allGatherOp, allReduceOp, reduceScatterOp } from "./collective.js";
import {
  crossEntropyGradientOp,
  crossEntropyOp,
  geluGradientOp,
  geluOp,
  layerNormGradientOp,
  layerNormOp,
  linearOp,
  softmaxOp,
} from "./composite.js";
import { conv2dOp } from "./convolution.js";
import {
  absOp,
  addOp,
  divOp,
  equalOp,
  erfOp,
  expOp,
  greaterOp,
  logOp,
  maximumOp,
  mulOp,
  negOp,
  reluOp,
  selectOp,
  sigmoidOp,
  sqrtOp,
  subOp,
  tanhOp,
} from "./elementwise.js";
import { gatherOp, scatterAddOp } from "./indexing.js";
import { matmulOp } from "./linear.js";
import type { AttributesOf, Composite, Primitive } from "./op.js";
import { adamwOp } from "./optimizer.js";
import { argmaxOp, maxOp } from "./reduction.js";
import {
  broadcastToOp,
  castOp,
  concatOp,
  constantOp,
  padOp,
  reshapeOp,
  sliceOp,
  stopGradientOp,
  sumOp,
  transposeOp,
} from "./structure.js";

/** Ops that every target must implement. */
export const primitives = {
  constant: constantOp,
  reshape: reshapeOp,
  transpose: transposeOp,
  broadcastTo: broadcastToOp,
  sum: sumOp,
  concat: concatOp,
  slice: sliceOp,
  pad: padOp,
  stopGradient: stopGradientOp,
  cast: castOp,
  neg: negOp,
  exp: expOp,
  log: logOp,
  sqrt: sqrtOp,
  tanh: tanhOp,
  erf: erfOp,
  sigmoid: sigmoidOp,
  relu: reluOp,
  abs: absOp,
  add: addOp,
  sub: subOp,
  mul: mulOp,
  div: divOp,
  maximum: maximumOp,
  equal: equalOp,
  greater: greaterOp,
  select: selectOp,
  matmul: matmulOp,
  max: maxOp,
  argmax: argmaxOp,
  gather: gatherOp,
  scatterAdd: scatterAddOp,
};

/** Ops that a target may implement natively; otherwise they are expanded. */
export const composites = {
  linear: linearOp,
  softmax: softmaxOp,
  layerNorm: layerNormOp,
  layerNormGradient: layerNormGradientOp,
  gelu: geluOp,
  geluGradient: geluGradientOp,
  attention: attentionOp,
  attentionGradient: attentionGradientOp,
  crossEntropy: crossEntropyOp,
  crossEntropyGradient: crossEntropyGradientOp,
  conv2d: conv2dOp,
  adamw: adamwOp,
};

/** Ops that only a target for several processes must implement. */
export const collectives = {
  allGather: allGatherOp,
  reduceScatter: reduceScatterOp,
  allReduce: allReduceOp,
};

/** Name of an op that every engine implements. */
export type PrimitiveName = keyof typeof primitives;
/** Name of an op that a target may implement natively or have expanded. */
export type CompositeName = keyof typeof composites;
/** Name of an op that communicates between processes; no program of one process contains any. */
export type CollectiveName = keyof typeof collectives;
/** Name of any op. */
export type OpName = PrimitiveName | CompositeName | CollectiveName;
/** The attributes of an op, by its name. */
export type OpAttributes<Name extends OpName> = Name extends PrimitiveName
  ? AttributesOf<(typeof primitives)[Name]>
  : Name extends CompositeName
    ? AttributesOf<(typeof composites)[Name]>
    : Name extends CollectiveName
      ? AttributesOf<(typeof collectives)[Name]>
      : never;

const definitions: ReadonlyMap<string, Primitive | Composite> = new Map(
  // Attribute types differ per op; the nodes of a graph carry them untyped, each checked when its node was made.
  [...Object.values(primitives), ...Object.values(composites), ...Object.values(collectives)].map((op) => [
    op.definition.name,
    op.definition as unknown as Primitive | Composite,
  ]),
);

/** The definition of an op by name. Throws for an unknown name (the IR parser has rejected those). */
export function definitionOf(name: string): Primitive | Composite {
  const definition = definitions.get(name);
  if (definition === undefined) throw new Error(`internal: no op ${name}`);
  return definition;
}

/** Whether the table has an op of that name; for the parser of the textual IR. */
export function isOpName(name: string): name is OpName {
  return definitions.has(name);
}
