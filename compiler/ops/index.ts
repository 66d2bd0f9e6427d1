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

/** What every target owes. */
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

/** What a target may take natively; the rest is expanded. */
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

/** What only a target of several processes owes. */
export const collectives = {
  allGather: allGatherOp,
  reduceScatter: reduceScatterOp,
  allReduce: allReduceOp,
};

/** An op that every engine must have. */
export type PrimitiveName = keyof typeof primitives;
/** An op that a target may take whole or have expanded. */
export type CompositeName = keyof typeof composites;
/** An op that joins processes; no program of one process has any. */
export type CollectiveName = keyof typeof collectives;
/** Any op of the table. */
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
  // Attribute types differ per op; a graph's nodes carry them untyped, and each was checked when its node was made.
  [...Object.values(primitives), ...Object.values(composites), ...Object.values(collectives)].map((op) => [
    op.definition.name,
    op.definition as unknown as Primitive | Composite,
  ]),
);

/** The definition of an op by name. Throws for a name that is not in the table (a damaged IR file is caught before). */
export function definitionOf(name: string): Primitive | Composite {
  const definition = definitions.get(name);
  if (definition === undefined) throw new Error(`internal: no op ${name}`);
  return definition;
}

/** Whether the table has it; the reader of IR texts asks. */
export function isOpName(name: string): name is OpName {
  return definitions.has(name);
}
