// Collects ONNX nodes and constants while a graph is lowered, and maps each IR value to its name.
import { useCounts, type Graph, type Node, type Value } from "../../ir/graph.js";
import { broadcastShapes } from "../../ops/shapes.js";
import { at } from "../../ops/op.js";
import { sameShape, sizeOf, type Shape } from "../../ir/types.js";
import type { ConstantDtype } from "../../ops/structure.js";
import type { Emitter, Kernels, Named } from "./kernels.js";
import type { OnnxAttribute, OnnxInitializer, OnnxNode, OnnxTensor } from "./proto.js";

type AttributeMap = Readonly<Record<string, OnnxAttribute>>;

/** One per model. */
export class Writer implements Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxInitializer>();
  readonly #names = new Map<Value, string>();
  readonly #flags = new Map<Value, string>();
  readonly #softmaxes = new Map<Value, string>();
  readonly #views = new Map<string, { readonly name: string; readonly shape: Shape }>();
  readonly #reshaped = new Map<string, string>();
  readonly #transposed = new Map<string, string>();
  readonly #splits = new Map<string, readonly string[]>();
  readonly #uses: ReadonlyMap<Value, number>;
  readonly #slices: ReadonlyMap<Value, readonly Node[]>;
  #count = 0;

  constructor(
    graph: Graph,
    order: readonly Node[],
    readonly kernels: Kernels,
  ) {
    this.#uses = useCounts(graph);
    this.#slices = slicesOf(order);
  }

  get initializers(): OnnxInitializer[] {
    return [...this.#initializers.values()];
  }

  bind(value: Value, name: string): void {
    this.#names.set(value, name);
  }

  isBound(value: Value): boolean {
    return this.#names.has(value);
  }

  /** The ONNX name of a value that is already lowered. */
  name(value: Value): string {
    const name = this.#names.get(value);
    if (name === undefined) throw new Error(`internal: ${value.node.op} was not lowered yet`);
    return name;
  }

  /** The same with its shape. */
  named(value: Value): Named {
    return { name: this.name(value), shape: value.type.shape };
  }

  /** How often a value is read, graph outputs included. */
  uses(value: Value): number {
    return this.#uses.get(value) ?? 0;
  }

  /** The slices that read a value. */
  slices(value: Value): readonly Node[] {
    return this.#slices.get(value) ?? [];
  }

  /** Adds a node with one output and returns that output's name. */
  emit(op: string, inputs: readonly string[], attributes: AttributeMap = {}): string {
    return this.emitMany(op, inputs, attributes, 1)[0] ?? "";
  }

  emitMany(op: string, inputs: readonly string[], attributes: AttributeMap, count: number): string[] {
    const outputs = Array.from({ length: count }, () => `%${this.#count++}`);
    const domain = op === "FusedMatMul" ? { domain: "com.microsoft" } : {};
    this.nodes.push({ op, ...domain, inputs, outputs, attributes });
    return outputs;
  }

  /** A constant; equal small ones are shared. */
  constant(tensor: OnnxTensor): string {
    const key = constantKey(tensor) ?? `#${this.#initializers.size}`;
    const known = this.#initializers.get(key);
    if (known !== undefined) return known.name;
    const name = `#${this.#initializers.size}`;
    this.#initializers.set(key, { name, ...tensor });
    return name;
  }

  /** A float32 constant with one value everywhere. */
  filled(shape: Shape, value: number): string {
    return this.constant({ dtype: "float32", shape, data: new Float32Array(sizeOf(shape)).fill(value) });
  }

  scalar(dtype: ConstantDtype, value: number): string {
    return dtype === "float32"
      ? this.filled([], value)
      : this.constant({ dtype, shape: [], data: Int32Array.of(value) });
  }

  int64s(values: readonly number[]): string {
    return this.constant({ dtype: "int64", shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  }

  /** Reshapes; a reshape of a reshape is made from the original, and equal ones are shared. */
  reshape(name: string, from: Shape, to: Shape): string {
    const origin = this.#views.get(name) ?? { name, shape: from };
    if (sameShape(origin.shape, to)) return origin.name;
    const key = `${origin.name} ${to.join()}`;
    const known = this.#reshaped.get(key);
    if (known !== undefined) return known;
    const view = this.emit("Reshape", [origin.name, this.int64s(to)], to.includes(0) ? { allowzero: 1 } : {});
    this.#views.set(view, origin);
    this.#reshaped.set(key, view);
    return view;
  }

  /** Transposes; equal ones are shared. */
  transpose(name: string, permutation: readonly number[]): string {
    const key = `${name} ${permutation.join()}`;
    const known = this.#transposed.get(key) ?? this.emit("Transpose", [name], { perm: permutation });
    this.#transposed.set(key, known);
    return known;
  }

  /** Splits along an axis; equal splits are shared. */
  split(name: string, axis: number, sizes: readonly number[]): readonly string[] {
    const key = `${name} ${axis} ${sizes.join()}`;
    const known = this.#splits.get(key) ?? this.#cut(name, axis, sizes);
    this.#splits.set(key, known);
    return known;
  }

  /** With too many parts for one Split, it splits into groups of parts, which are then split in turn. */
  #cut(name: string, axis: number, sizes: readonly number[]): readonly string[] {
    const most = this.kernels.splitOutputs;
    const split = (parts: readonly number[]): string[] =>
      this.emitMany("Split", [name, this.int64s(parts)], { axis }, parts.length);
    if (sizes.length <= most) return split(sizes);
    const length = Math.ceil(sizes.length / most);
    const groups = Array.from({ length: Math.ceil(sizes.length / length) }, (_, i) =>
      sizes.slice(i * length, (i + 1) * length),
    );
    const parts = split(groups.map((group) => group.reduce((sum, size) => sum + size, 0)));
    return groups.flatMap((group, i) => (group.length === 1 ? at(parts, i) : this.#cut(at(parts, i), axis, group)));
  }

  /** Operands of an operation that broadcasts to `shape`: explicit broadcasts are dropped. */
  operands(values: readonly Value[], shape: Shape): string[] {
    const chosen = values.map((value) => this.#unrepeated(value));
    // At least one operand must span the whole shape; if none does, the explicit broadcasts are restored one by one.
    for (const [i, value] of values.entries()) {
      if (sameShape(chosen.map((operand) => operand.shape).reduce(together), shape)) break;
      chosen[i] = { shape: value.type.shape, name: () => this.name(value) };
    }
    return chosen.map((operand) => operand.name());
  }

  /** A value as a boolean tensor: the comparison it comes from, or a cast. */
  flag(value: Value): string {
    const known = this.#flags.get(value);
    if (known !== undefined) return known;
    const flag = this.emit("Cast", [this.name(value)], { to: 9 });
    this.#flags.set(value, flag);
    return flag;
  }

  /** Registers the boolean form of a comparison and returns its float32 form. */
  flagged(value: Value, flag: string): string {
    this.#flags.set(value, flag);
    return this.emit("Cast", [flag], { to: 1 });
  }

  /** Softmax along the last axis; a loss and its gradient share one. */
  softmax(value: Value): string {
    const name = this.#softmaxes.get(value) ?? this.emit("Softmax", [this.name(value)], { axis: -1 });
    this.#softmaxes.set(value, name);
    return name;
  }

  #unrepeated(value: Value): Operand {
    const [x] = value.node.inputs;
    const { op, attributes } = value.node;
    if ((op === "broadcastTo" || op === "stopGradient") && x !== undefined) return this.#unrepeated(x);
    const { data } = attributes;
    const uniform = op === "constant" && typeof data === "object" && data.length === 1 ? data[0] : undefined;
    if (uniform === undefined) return { shape: value.type.shape, name: () => this.name(value) };
    return { shape: [], name: () => this.scalar(value.type.dtype === "int32" ? "int32" : "float32", uniform) };
  }
}

interface Operand {
  readonly shape: Shape;
  /** Called only for operands that are used, so that no unused constant is written. */
  readonly name: () => string;
}

function together(a: Shape, b: Shape): Shape {
  return broadcastShapes("operands", a, b);
}

/** A key that equal constants share; null for constants that are not small. */
export function constantKey({ dtype, shape, data }: OnnxTensor): string | null {
  return data.length <= 64 ? `${dtype}[${shape.join()}]${[...data].map(exact).join()}` : null;
}

/** Distinguishes -0 from 0. */
function exact(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function slicesOf(order: readonly Node[]): Map<Value, Node[]> {
  const slices = new Map<Value, Node[]>();
  for (const node of order) {
    const [x] = node.inputs;
    if (node.op !== "slice" || x === undefined) continue;
    const known = slices.get(x);
    if (known === undefined) slices.set(x, [node]);
    else known.push(node);
  }
  return slices;
}
