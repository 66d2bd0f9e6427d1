// One model for any batch size, from models of the same program that were written for different batch sizes: whatever
// differs between them must depend on the batch. Constants that grow with the batch are computed from its actual size.
import { sameShape } from "../../ir/types.js";
import type { OnnxInitializer, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "./proto.js";
import { constantKey } from "./writer.js";

/** A model and the batch size that it was written for. */
export interface ForBatch {
  readonly batch: number;
  readonly model: OnnxModel;
}

/** The name of the free dimension. */
const BATCH = "batch";

/**
 * Merges models into one: two of them determine how each constant grows, all others must agree. Null if they differ in
 * more than the batch, so that no model holds for all sizes.
 */
export function freeBatch(models: readonly ForBatch[]): OnnxModel | null {
  try {
    return joined(models);
  } catch (error) {
    if (error instanceof Differ) return null;
    throw error;
  }
}

/** Thrown if models differ in something that does not follow from the batch. */
class Differ extends Error {}

function joined(models: readonly ForBatch[]): OnnxModel {
  const [{ model } = { model: undefined }] = models;
  if (model === undefined || models.length < 3) throw new Error("internal: a free batch is found from three models");
  const { graph } = model;
  const values = (which: "inputs" | "outputs"): OnnxValue[] =>
    alongside(models, (each) => each.graph[which]).map((alike) => freeValue(alike, models));
  const inputs = values("inputs");
  const write = new FreeWriter(models, inputs);
  alongside(models, (each) => each.graph.nodes).forEach((alike) => write.node(alike));
  return { ...model, graph: { ...graph, inputs, outputs: values("outputs"), ...write.written() } };
}

/** Zips the models' lists: the n-th element of each, for all n. */
function alongside<T>(models: readonly ForBatch[], list: (model: OnnxModel) => readonly T[]): T[][] {
  const lists = models.map(({ model }) => list(model));
  const [first = []] = lists;
  expect(lists.every(({ length }) => length === first.length));
  return first.map((_, i) => lists.flatMap((each) => each.slice(i, i + 1)));
}

function expect(condition: boolean): asserts condition {
  if (!condition) throw new Differ();
}

function freeValue(alike: readonly OnnxValue[], models: readonly ForBatch[]): OnnxValue {
  const [first] = alike;
  expect(first !== undefined && alike.every(({ name, dtype }) => name === first.name && dtype === first.dtype));
  const shapes = alike.map(({ shape }) => shape);
  expect(shapes.every(({ length }) => length === first.shape.length));
  const shape = first.shape.map((size, axis) => {
    const sizes = shapes.map((each) => each[axis]);
    if (sizes.every((each) => each === size)) return size;
    expect(models.every(({ batch }, i) => sizes[i] === batch));
    return BATCH;
  });
  return { ...first, shape };
}

/** Integers that grow with the batch: `fixed + batch · growth`. */
interface Growing {
  readonly fixed: readonly number[];
  readonly growth: readonly number[];
}

function growing(lists: readonly (readonly number[])[], models: readonly ForBatch[]): Growing {
  const [first = [], second = []] = lists;
  const [one = 0, two = 0] = models.map(({ batch }) => batch);
  expect(lists.every(({ length }) => length === first.length));
  const growth = first.map((value, i) => ((second[i] ?? NaN) - value) / (two - one));
  const fixed = first.map((value, i) => value - one * (growth[i] ?? NaN));
  expect(growth.every(Number.isInteger));
  const holds = (list: readonly number[], batch: number): boolean =>
    list.every((value, i) => value === (fixed[i] ?? NaN) + batch * (growth[i] ?? NaN));
  expect(lists.every((list, i) => holds(list, models[i]?.batch ?? NaN)));
  return { fixed, growth };
}

/** Collects nodes and constants of the merged model. */
class FreeWriter {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxInitializer>();
  readonly #computed = new Map<string, string>();
  readonly #constants: readonly ReadonlyMap<string, OnnxInitializer>[];
  #count = 0;

  constructor(
    readonly models: readonly ForBatch[],
    readonly inputs: readonly OnnxValue[],
  ) {
    this.#constants = models.map(({ model }) => new Map(model.graph.initializers.map((each) => [each.name, each])));
  }

  written(): { readonly nodes: readonly OnnxNode[]; readonly initializers: readonly OnnxInitializer[] } {
    return { nodes: this.#nodes, initializers: [...this.#initializers.values()] };
  }

  node(alike: readonly OnnxNode[]): void {
    const [first] = alike;
    expect(first !== undefined);
    expect(new Set(alike.map((each) => attributesText(each))).size === 1);
    expect(alike.every(({ inputs }) => inputs.length === first.inputs.length));
    const inputs = first.inputs.map((_, i) =>
      this.#operand(
        first,
        i,
        alike.map((each) => each.inputs[i] ?? ""),
      ),
    );
    this.#nodes.push({ ...first, inputs });
  }

  #operand(node: OnnxNode, place: number, names: readonly string[]): string {
    const [name = ""] = names;
    const found = names.map((each, i) => this.#constants[i]?.get(each));
    if (found.every((each) => each === undefined)) {
      expect(names.every((each) => each === name));
      return name;
    }
    const tensors = found.filter((each) => each !== undefined);
    expect(tensors.length === found.length);
    return this.#constant(tensors, node.op === "Reshape" && place === 1);
  }

  #constant(alike: readonly OnnxInitializer[], isShape: boolean): string {
    const [first] = alike;
    expect(first !== undefined && alike.every(({ dtype }) => dtype === first.dtype));
    if (alike.every((each) => sameTensor(each, first))) return this.#keep(first);
    const isVector = first.dtype === "int64" && first.shape.length === 1;
    if (isVector) return this.#numbers(growing(alike.map(numbersOf), this.models), isShape);
    // The same value everywhere, in a shape that grows.
    const [value] = first.data;
    expect(value !== undefined && alike.every(({ data }) => data.every((each: number | bigint) => each === value)));
    const shape = this.#numbers(
      growing(
        alike.map((each) => each.shape),
        this.models,
      ),
      false,
    );
    // Boundary: `data` has the type of the tensor that it comes from.
    const one = { ...first, shape: [1], data: first.data.slice(0, 1) } as OnnxTensor;
    return this.#emit("ConstantOfShape", [shape], { value: { tensor: one } });
  }

  #keep({ dtype, shape, data }: OnnxTensor): string {
    const name = `constant.${this.#initializers.size}`;
    // Boundary: dtype, shape and data still belong to one tensor.
    const tensor = { dtype, shape, data } as OnnxTensor;
    const key = constantKey(tensor) ?? name;
    const known = this.#computed.get(key);
    if (known !== undefined) return known;
    this.#initializers.set(name, { name, ...tensor });
    this.#computed.set(key, name);
    return name;
  }

  /** A shape with one free size needs no arithmetic: that size follows from the others. */
  #numbers({ fixed, growth }: Growing, isShape: boolean): string {
    const free = growth.filter((each) => each !== 0).length;
    if (isShape && free === 1 && !fixed.some((value, i) => value === 0 && growth[i] === 0))
      return this.#int64s(fixed.map((value, i) => (growth[i] === 0 ? value : -1)));
    const key = `${fixed.join()} + batch·${growth.join()}`;
    const known = this.#computed.get(key);
    if (known !== undefined) return known;
    const grown = this.#emit("Mul", [this.#batch(), this.#int64s(growth)]);
    const sum = fixed.every((value) => value === 0) ? grown : this.#emit("Add", [grown, this.#int64s(fixed)]);
    this.#computed.set(key, sum);
    return sum;
  }

  /** The batch size, int64 [1], from the input that has it. */
  #batch(): string {
    const known = this.#computed.get(BATCH);
    if (known !== undefined) return known;
    const [found] = this.inputs.flatMap(({ name, shape }) => shape.flatMap((size, axis) => (size === BATCH ? { name, axis } : [])));
    expect(found !== undefined);
    const size = this.#emit("Shape", [found.name], { start: found.axis, end: found.axis + 1 });
    this.#computed.set(BATCH, size);
    return size;
  } // prettier-ignore

  #int64s(values: readonly number[]): string {
    return this.#keep({ dtype: "int64", shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  }

  #emit(op: string, inputs: readonly string[], attributes: NonNullable<OnnxNode["attributes"]> = {}): string {
    const name = `batch.${this.#count++}`;
    this.#nodes.push({ op, inputs, outputs: [name], attributes });
    return name;
  }
}

function numbersOf({ data }: OnnxTensor): number[] {
  return Array.from(data, Number);
}

function sameTensor(a: OnnxTensor, b: OnnxTensor): boolean {
  if (!sameShape(a.shape, b.shape) || a.data.length !== b.data.length) return false;
  return a.data.every((value: number | bigint, i: number) => Object.is(value, b.data[i]));
}

/** Identifies a node, apart from its inputs. */
function attributesText({ op, domain, outputs, attributes }: OnnxNode): string {
  const plain = (_: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as BigInt64Array, String) : value;
  return JSON.stringify([op, domain, outputs, attributes], plain);
}
