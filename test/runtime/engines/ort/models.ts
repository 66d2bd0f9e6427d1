// Small ONNX models for the session tests, and the arrays to feed them.
import { encodeModel, type OnnxInitializer, type OnnxNode } from "../../../../compiler/targets/onnx/proto.js";
import type { HostArray, SessionOptions } from "../../../../runtime/engines/ort/session.js";

export const options: SessionOptions = {
  threads: 1,
  spinning: 0,
  optimization: "all",
  memoryPattern: false,
  arena: true,
  provider: "cpu",
};

export interface Value {
  name: string;
  dtype: "float32" | "int32" | "int64" | "bool";
  shape: number[];
}

export function f32(name: string, ...shape: number[]): Value {
  return { name, dtype: "float32", shape };
}

export function i32(name: string, ...shape: number[]): Value {
  return { name, dtype: "int32", shape };
}

export function model(
  nodes: OnnxNode[],
  inputs: Value[],
  outputs: Value[],
  initializers: OnnxInitializer[] = [],
): Uint8Array {
  const opsets = [
    { domain: "", version: 20 },
    { domain: "com.microsoft", version: 1 },
  ];
  return encodeModel({ opsets, graph: { name: "test", nodes, inputs, outputs, initializers } });
}

export function floats(shape: number[], values: Iterable<number>): HostArray {
  return { dtype: "float32", shape, data: Float32Array.from(values) };
}

export function ints(shape: number[], values: Iterable<number>): HostArray {
  return { dtype: "int32", shape, data: Int32Array.from(values) };
}

export function zeros(...shape: number[]): HostArray {
  return { dtype: "float32", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}

/** y = x·w repeated `depth` times, a slow computation. */
export function chain(size: number, depth: number): Uint8Array {
  const nodes = Array.from({ length: depth }, (_, i) => ({
    op: "MatMul",
    inputs: [i === 0 ? "x" : `h${i}`, "w"],
    outputs: [i === depth - 1 ? "y" : `h${i + 1}`],
  }));
  return model(nodes, [f32("x", size, size), f32("w", size, size)], [f32("y", size, size)]);
}

/** c = a + b, with two elements. */
export const add = () =>
  model([{ op: "Add", inputs: ["a", "b"], outputs: ["c"] }], [f32("a", 2), f32("b", 2)], [f32("c", 2)]);
