// Gathered outputs of a head over a data set, from a perfect, a constant or a random model.
import type { HeadKind, HeadSpec, MetricSpec } from "../../compiler/index.js";
import type { DataSet, Item } from "../../runtime/data/index.js";
import type { Gathered } from "../../runtime/evaluate/gathered.js";
import { stream } from "../../runtime/random.js";
import { float32, type Tensor } from "../../runtime/tensor.js";
import { specOf } from "./specs.js";

const spec = specOf("test/conformance/heads.vlmo");
export const models = ["perfect", "constant", "random"] as const;
export type Model = (typeof models)[number];
export const batchSizes = [1, 3, 1000] as const;

export function headOf(kind: HeadKind, name?: string): HeadSpec {
  const head = [...spec.heads.values()].find((entry) => entry.kind === kind && (name ?? entry.name) === entry.name);
  if (head === undefined) throw new Error(`no head ${kind}`);
  return head;
}

export function metric(name: MetricSpec["name"], head: HeadSpec, at: readonly number[] = []): MetricSpec {
  return { name, arguments: at, head: head.name, rerank: null, windows: null, span: head.span };
}

export function dataSetOf(items: readonly Omit<Item, "name">[]): DataSet {
  return {
    name: "made",
    kind: "pairs",
    supplies: new Set(["image", "text"]),
    length: items.length,
    digests: new Map(),
    item: (index) => ({ name: String(index), images: [], ...items[index] }),
  };
}

/** Item indices in batches of a size, the last one shorter. */
export function batched(length: number, size: number): number[][] {
  return Array.from({ length: Math.ceil(length / size) }, (_, i) =>
    Array.from({ length: Math.min(size, length - i * size) }, (__, j) => i * size + j),
  );
}

/** Gathered outputs without any batch. */
export function nothingOf(dataSet: DataSet): Gathered {
  return { dataSet, outputs: new Map(), batches: [], captions: [] };
}

/** Gathered outputs, with a tensor per output and batch. */
export function gatheredOf(
  dataSet: DataSet,
  batches: readonly (readonly number[])[],
  parts: {
    readonly outputs: (items: readonly number[]) => Readonly<Record<string, Tensor>>;
    readonly tensors?: (items: readonly number[]) => Readonly<Record<string, Tensor>>;
    readonly count?: (items: readonly number[]) => number;
  },
): Gathered {
  const outputs = new Map<string, Tensor[]>();
  for (const items of batches)
    for (const [name, tensor] of Object.entries(parts.outputs(items)))
      outputs.set(name, [...(outputs.get(name) ?? []), tensor]);
  return {
    dataSet,
    outputs,
    batches: batches.map((items) => ({
      indices: items,
      tensors: new Map(Object.entries(parts.tensors?.(items) ?? {})),
      count: parts.count?.(items) ?? items.length,
    })),
    captions: [],
  };
}

export const matrix = (rows: readonly (readonly number[])[]): Tensor =>
  float32([rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()));

/** The prediction of each model among `classes`: the target, always 0, or random. */
export function chosen(model: Model, truth: number, classes: number, item: number): number {
  return { perfect: truth, constant: 0, random: stream(5, item).integer(classes) }[model];
}
