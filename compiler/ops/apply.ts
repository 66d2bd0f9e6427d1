// Ops by name, for callers that hold an op's name, inputs and attributes as data, such as the parser of the textual IR.
import { createNode, type Attribute, type Attributes, type Value } from "../ir/graph.js";
import { definitionOf, type OpAttributes, type OpName } from "./index.js";
import { checkArity } from "./op.js";

/** Type of an op's attribute. */
export type AttributeKind = "number" | "flag" | "text" | "numbers" | "elements";

type KindOf<T> = T extends boolean
  ? "flag"
  : T extends number
    ? "number"
    : T extends string
      ? "text"
      : T extends Float32Array | Int32Array
        ? "elements"
        : "numbers";

type Kinds = {
  readonly [Name in OpName]: { readonly [Key in keyof OpAttributes<Name>]: KindOf<OpAttributes<Name>[Key]> };
};

const none = {};
const axis = { axis: "number" } as const;
const ranks = { ranks: "number" } as const;

/** The attributes of every op; `tsc` checks this table against the ops' own types. */
export const attributeKinds: { readonly [Name in OpName]: Readonly<Record<string, AttributeKind>> } = {
  constant: { dtype: "text", shape: "numbers", data: "elements" },
  reshape: { shape: "numbers" },
  transpose: { permutation: "numbers" },
  broadcastTo: { shape: "numbers" },
  sum: { axes: "numbers", keep: "flag" },
  concat: axis,
  slice: { ...axis, start: "number", end: "number" },
  pad: { ...axis, before: "number", after: "number" },
  stopGradient: none,
  cast: { dtype: "text" },
  neg: none,
  exp: none,
  log: none,
  sqrt: none,
  tanh: none,
  erf: none,
  sigmoid: none,
  relu: none,
  abs: none,
  add: none,
  sub: none,
  mul: none,
  div: none,
  maximum: none,
  equal: none,
  greater: none,
  select: none,
  matmul: { transA: "flag", transB: "flag", alpha: "number" },
  max: { ...axis, keep: "flag" },
  argmax: axis,
  gather: none,
  scatterAdd: { rows: "number" },
  linear: none,
  softmax: none,
  layerNorm: { eps: "number" },
  layerNormGradient: { affine: "flag" },
  gelu: none,
  geluGradient: none,
  attention: { scale: "number" },
  attentionGradient: { scale: "number", bias: "flag" },
  crossEntropy: none,
  crossEntropyGradient: none,
  conv2d: { stride: "number", padding: "number" },
  adamw: {
    beta1: "number",
    beta2: "number",
    eps: "number",
    weightDecay: "number",
    factor: "number",
    variant: "text",
  },
  allGather: ranks,
  reduceScatter: ranks,
  allReduce: none,
} satisfies Kinds;

/** Which attributes of an op are missing, unknown or of the wrong kind; empty where all is well. */
export function attributeProblems(op: OpName, attributes: Attributes): string[] {
  const kinds = attributeKinds[op];
  const problems: string[] = [];
  for (const [name, wanted] of wantedOf.get(op) ?? []) {
    const given = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (given === undefined) problems.push(`${op} wants the attribute ${name}`);
    else if (!fits(wanted, given)) problems.push(`${name} of ${op} is not ${wanted}`);
  }
  for (const name of Object.keys(attributes)) {
    if (!Object.hasOwn(kinds, name)) problems.push(`${op} has no attribute ${name}`);
  }
  return problems;
}

const wantedOf = new Map(Object.entries(attributeKinds).map(([op, kinds]) => [op, Object.entries(kinds)] as const));

function fits(kind: AttributeKind, value: Attribute): boolean {
  switch (kind) {
    case "number":
      return typeof value === "number";
    case "flag":
      return typeof value === "boolean";
    case "text":
      return typeof value === "string";
    case "numbers":
      return Array.isArray(value);
    case "elements":
      return value instanceof Float32Array || value instanceof Int32Array;
  }
}

/** Applies an op by name. Throws a ShapeError if the inputs or their number do not fit. */
export function applyOp(op: OpName, inputs: readonly Value[], attributes: Attributes): readonly Value[] {
  const definition = definitionOf(op);
  checkArity(definition, inputs.length);
  const types = definition.infer(
    inputs.map((value) => value.type),
    attributes,
  );
  return createNode(op, inputs, attributes, types).outputs;
}
