// Every primitive, and the composites that the target implements, as PyTorch expressions.
import type { TensorType } from "../../ir/types.js";
import type { CompositeName, OpAttributes, OpName, PrimitiveName } from "../../ops/index.js";
import { at } from "../../ops/op.js";
import { constantExpression } from "./constants.js";
import { flag, number, tuple } from "./literals.js";

/** An operation with the names of its inputs. */
export interface Named<Name extends OpName> {
  readonly inputs: readonly string[];
  readonly attributes: OpAttributes<Name>;
  /** Type of the first output. */
  readonly type: TensorType;
}

/** The expression of an operation: a tensor, or a list or tuple of one per output if there are several. */
export type TorchRule<Name extends OpName> = (node: Named<Name>) => string;

/** By op; `tsc` reports a missing one. */
export const rules = {
  constant: ({ attributes: { data }, type }) => constantExpression(data, type),
  reshape: ({ inputs, type }) => `${at(inputs, 0)}.reshape(${tuple(type.shape)})`,
  transpose: ({ inputs, attributes: { permutation } }) => `${at(inputs, 0)}.permute(${tuple(permutation)})`,
  broadcastTo: ({ inputs, type }) => `${at(inputs, 0)}.expand(${tuple(type.shape)})`,
  // To PyTorch an empty list of axes means all axes; it also sums integers to 64 bits by default.
  sum: ({ inputs, attributes: { axes, keep }, type }) =>
    axes.length === 0
      ? at(inputs, 0)
      : `${at(inputs, 0)}.sum(dim=${tuple(axes)}, keepdim=${flag(keep)}, dtype=torch.${type.dtype})`,
  concat: ({ inputs, attributes: { axis } }) => `torch.cat([${inputs.join(", ")}], dim=${axis})`,
  slice: ({ inputs, attributes: { axis, start, end } }) => `${at(inputs, 0)}.narrow(${axis}, ${start}, ${end - start})`,
  // torch's pad takes the last axis first.
  pad: ({ inputs, attributes: { axis, before, after }, type }) => {
    const later = type.shape.slice(axis + 1).flatMap(() => [0, 0]);
    return `torch.nn.functional.pad(${at(inputs, 0)}, ${tuple([...later, before, after])})`;
  },
  stopGradient: ({ inputs }) => at(inputs, 0),
  cast: ({ inputs, type }) => `${at(inputs, 0)}.to(torch.${type.dtype})`,
  neg: unary("neg"),
  exp: unary("exp"),
  log: unary("log"),
  sqrt: unary("sqrt"),
  tanh: unary("tanh"),
  erf: unary("erf"),
  sigmoid: unary("sigmoid"),
  relu: unary("relu"),
  abs: unary("abs"),
  add: binary("+"),
  sub: binary("-"),
  mul: binary("*"),
  div: binary("/"),
  maximum: ({ inputs }) => `torch.maximum(${inputs.join(", ")})`,
  equal: comparison("=="),
  greater: comparison(">"),
  select: ({ inputs: [condition = "", ...branches] }) => `torch.where(${condition} != 0, ${branches.join(", ")})`,
  matmul: ({ inputs, attributes: { transA, transB, alpha } }) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const product = `torch.matmul(${transA ? `${a}.mT` : a}, ${transB ? `${b}.mT` : b})`;
    return alpha === 1 ? product : `${product}.mul_(${number(alpha)})`;
  },
  max: ({ inputs, attributes: { axis, keep } }) => `${at(inputs, 0)}.amax(dim=${axis}, keepdim=${flag(keep)})`,
  argmax: ({ inputs, attributes: { axis } }) => `${at(inputs, 0)}.argmax(dim=${axis}).to(torch.int32)`,
  gather: ({ inputs, type }) =>
    `torch.index_select(${at(inputs, 0)}, 0, ${at(inputs, 1)}.reshape(-1)).reshape(${tuple(type.shape)})`,
  scatterAdd: ({ inputs, type }) =>
    `torch.zeros(${tuple(type.shape)}, device=device).index_add_(0, ${at(inputs, 0)}, ${at(inputs, 1)})`,
  linear: ({ inputs }) => `torch.nn.functional.linear(${inputs.join(", ")})`,
  softmax: ({ inputs }) => `torch.softmax(${at(inputs, 0)}, dim=-1)`,
  layerNorm: ({ inputs: [x = "", ...affine], attributes: { eps }, type }) =>
    `torch.native_layer_norm(${x}, ${tuple(type.shape.slice(-1))}, ${affine.join(", ")}, ${number(eps)})`,
  layerNormGradient: ({ inputs: [x = "", weight, bias, , mean, inverse, g], attributes: { affine }, type }) => {
    const wanted = `[True, ${flag(affine)}, ${flag(affine)}]`;
    const width = tuple(type.shape.slice(-1));
    const all = `torch.ops.aten.native_layer_norm_backward(${g}, ${x}, ${width}, ${mean}, ${inverse}, ${weight}, ${bias}, ${wanted})`;
    return affine ? all : `${all}[0]`;
  },
  gelu: ({ inputs }) => `torch.nn.functional.gelu(${at(inputs, 0)})`,
  geluGradient: ({ inputs: [x, g] }) => `torch.ops.aten.gelu_backward(${g}, ${x})`,
  crossEntropy: ({ inputs }) =>
    `torch.nn.functional.cross_entropy(${at(inputs, 0)}, ${at(inputs, 1)}.long(), reduction="none")`,
  conv2d: ({ inputs, attributes: { stride, padding } }) =>
    `torch.nn.functional.conv2d(${inputs.join(", ")}, stride=${stride}, padding=${padding})`,
} satisfies { readonly [Name in PrimitiveName]: TorchRule<Name> } & {
  readonly [Name in CompositeName]?: TorchRule<Name>;
};

function unary(name: string): (node: { readonly inputs: readonly string[] }) => string {
  return ({ inputs }) => `torch.${name}(${at(inputs, 0)})`;
}

function binary(operator: string): (node: { readonly inputs: readonly string[] }) => string {
  return ({ inputs }) => inputs.join(` ${operator} `);
}

/** Comparisons return float32 in the graph. */
function comparison(operator: string): (node: { readonly inputs: readonly string[] }) => string {
  return ({ inputs }) => `(${inputs.join(` ${operator} `)}).to(torch.float32)`;
}
