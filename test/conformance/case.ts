// A row of the conformance table, and the graphs built from it: the op alone, and its cotangents.
import {
  createGraph,
  differentiate,
  input,
  type Attributes,
  type Graph,
  type OpAttributes,
  type OpName,
  type Value,
} from "../../compiler/index.js";
import { applyOp } from "../../compiler/ops/apply.js";
import { expand } from "../../compiler/passes/expand.js";
import type { Tensor } from "../../runtime/tensor.js";
import { drawFrom } from "../support/draw.js";

export interface Case {
  readonly op: OpName;
  readonly title: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  /** Inputs that receive no cotangent; all others must. */
  readonly still: readonly number[];
  /** Whether central differences are valid at these values (false at ties and kinks). */
  readonly smooth: boolean;
  /** Outputs that receive cotangents; the others are read by the op's own gradient only. */
  readonly seeded: readonly number[];
}

export interface CaseOptions {
  readonly still?: readonly number[];
  readonly smooth?: boolean;
  readonly seeded?: readonly number[];
}

export function testCase<Name extends OpName>(
  op: Name,
  inputs: readonly Tensor[],
  attributes: OpAttributes<Name> & Attributes,
  { still = [], smooth = true, seeded = [0] }: CaseOptions = {},
): Case {
  const shapes = inputs.map(({ shape }) => `[${shape.join(",")}]`).join(" ");
  const details = Object.entries(attributes).map(([name, value]) => ` ${name}=${attributeText(value)}`);
  return { op, title: `${op} ${shapes}${details.join("")}`, inputs, attributes, still, smooth, seeded };
}

function attributeText(value: Attributes[string]): string {
  return typeof value === "object" ? `[${[...value].slice(0, 4).join(",")}]` : String(value);
}

/** Tensors by the input names of the graphs below: `x0`… the operands, `w0`… the weights of the outputs. */
export function tensorsOf(row: Case): Map<string, Tensor> {
  const draw = drawFrom("weights", row.title);
  return new Map([
    ...row.inputs.map((tensor, i) => [`x${i}`, tensor] as const),
    ...shapesOf(row).map((shape, i) => [`w${i}`, draw.floats(shape)] as const),
  ]);
}

function shapesOf(row: Case): readonly (readonly number[])[] {
  return [...forwardGraph(row).outputs.values()].map((value) => value.type.shape);
}

/** The op alone, with outputs `y0`…. */
export function forwardGraph(row: Case): Graph {
  const { holes, outputs } = applied(row);
  return createGraph(row.title, holes, new Map(outputs.map((value, i) => [`y${i}`, value])));
}

/**
 * Cotangents `d0`… of the op's inputs, given `w0`… of its outputs: the gradient of the outputs' weighted sum.
 * With `expanded`, by the op's expansion instead of its own rule.
 */
export function gradientGraph(row: Case, expanded = false): Graph {
  const { holes, outputs } = applied(row);
  const whole = createGraph(row.title, holes, new Map(outputs.map((value, i) => [`y${i}`, value])));
  const graph = expanded ? expand(whole, () => () => false) : whole;
  const ends = [...graph.outputs.values()];
  const weights = ends.map((value, i) => input(`w${i}`, "batch", value.type));
  const seeds = new Map<Value, Value>();
  for (const i of row.seeded) {
    const [end, weight] = [ends[i], weights[i]];
    if (end?.type.dtype === "float32" && weight !== undefined) seeds.set(end, weight.value);
  }
  const targets = holes.map((hole) => hole.value);
  // Indices have no cotangents.
  const cotangents = differentiate(
    seeds,
    targets.filter((target) => target.type.dtype === "float32"),
  );
  const results = targets.flatMap((target, i) => {
    const cotangent = cotangents.get(target);
    return cotangent === undefined ? [] : [[`d${i}`, cotangent] as const];
  });
  return createGraph(`${row.title} gradient`, [...holes, ...weights], new Map(results));
}

function applied(row: Case): { holes: ReturnType<typeof input>[]; outputs: readonly Value[] } {
  const holes = row.inputs.map(({ dtype, shape }, i) => input(`x${i}`, "batch", { dtype, shape }));
  const outputs = applyOp(
    row.op,
    holes.map((hole) => hole.value),
    row.attributes,
  );
  return { holes, outputs };
}
