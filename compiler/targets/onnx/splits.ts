// Slices that together cover a tensor become one Split; slices of a projection's output become separate projections,
// which saves writing the whole output and copying from it.
import type { Node, Value } from "../../ir/graph.js";
import { at } from "../../ops/op.js";
import { unscaled } from "./kernels.js";
import type { Writer } from "./writer.js";

/**
 * The names of a node's outputs if it is one of several slices that cover their input without gaps or overlaps; null
 * for any other node. The first of them writes the Split and binds the others.
 */
export function splits(write: Writer, node: Node): readonly string[] | null {
  const [output] = node.outputs;
  const [x] = node.inputs;
  if (node.op !== "slice" || output === undefined || x === undefined) return null;
  if (write.isBound(output)) return [write.name(output)];
  const axis = axisOf(node);
  const parts = write.slices(x).filter((other) => axisOf(other) === axis);
  if (parts.length < 2) return null;
  parts.sort((a, b) => startOf(a) - startOf(b));
  if (!covers(parts, x.type.shape[axis] ?? 0)) return null;
  const sizes = parts.map((part) => endOf(part) - startOf(part));
  const names =
    x.node.op === "linear" && axis === x.type.shape.length - 1 && write.uses(x) === parts.length
      ? projections(write, x.node.inputs, sizes)
      : write.split(write.name(x), axis, sizes);
  parts.forEach((part, i) => part.outputs.forEach((value) => write.bind(value, names[i] ?? "")));
  return [write.name(output)];
}

function projections(write: Writer, inputs: readonly Value[], sizes: readonly number[]): readonly string[] {
  const [x, weight, bias] = [at(inputs, 0), unscaled(at(inputs, 1)), at(inputs, 2)];
  const [weights, biases] = [write.split(write.name(weight.value), 0, sizes), write.split(write.name(bias), 0, sizes)];
  return sizes.map((size, i) => {
    const projection = { weight: at(weights, i), bias: at(biases, i), factor: weight.factor, size };
    return write.kernels.project(write, write.named(x), projection);
  });
}

function covers(parts: readonly Node[], size: number): boolean {
  return parts.every((part, i) => startOf(part) === endOf(parts[i - 1])) && endOf(parts[parts.length - 1]) === size;
}

function axisOf(slice: Node): number {
  return Number(slice.attributes["axis"]);
}

function startOf(slice: Node): number {
  return Number(slice.attributes["start"]);
}

function endOf(slice: Node | undefined): number {
  return slice === undefined ? 0 : Number(slice.attributes["end"]);
}
