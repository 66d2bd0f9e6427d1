// Splits an optimizer batch into micro-batches: each is the input of one program run.
import { inputs } from "../../../compiler/index.js";
import { emptyLike, type Tensor, type Tensors } from "../../tensor.js";
import type { Batch } from "./batch.js";

/** A micro-batch, or an evaluation batch: tensors by the names of the programs' inputs. */
export interface MicroBatch {
  readonly tensors: Tensors;
  readonly items: number;
  /** Positions of its items in the optimizer batch. */
  readonly numbers: readonly number[];
}

/** The whole batch as one micro-batch. */
export function wholeOf({
  tensors,
  counts: { items },
  numbers,
}: Pick<Batch, "tensors" | "counts" | "numbers">): MicroBatch {
  return { tensors, items, numbers };
}

/** Splits a batch into micro-batches of `micro` items, the last one with the remainder. Tensors are views where possible. */
export function microBatchesOf(batch: MicroBatch, micro: number): MicroBatch[] {
  const { items } = batch;
  if (micro >= items) return [batch];
  return Array.from({ length: Math.ceil(items / micro) }, (_, i) => {
    const [first, end] = [i * micro, Math.min(items, (i + 1) * micro)];
    const cut = [...batch.tensors].map(([name, tensor]): [string, Tensor] => [
      name,
      cuts(name, items)(tensor, first, end),
    ]);
    return { tensors: new Map(cut), items: end - first, numbers: batch.numbers.slice(first, end) };
  });
}

type Cut = (tensor: Tensor, first: number, end: number) => Tensor;

/** `matches` is [items, items] over all ranks; all other tensors have their items along the first axis. */
function cuts(name: string, items: number): Cut {
  return name === inputs.matches ? (tensor, ...of) => square(tensor, items, of) : rows;
}

function rows(tensor: Tensor, first: number, end: number): Tensor {
  const [items = 1, ...rest] = tensor.shape;
  const one = tensor.data.length / items;
  // the same kind of array as before
  return { ...tensor, shape: [end - first, ...rest], data: tensor.data.subarray(first * one, end * one) } as Tensor;
}

function square(tensor: Tensor, items: number, of: readonly [number, number]): Tensor {
  const columns = tensor.shape[1] ?? 1;
  const ranks = columns / items;
  const [first, end] = [of[0] * ranks, of[1] * ranks];
  const part = rows(tensor, first, end);
  const data = part.data.filter((_, i) => i % columns >= first && i % columns < end);
  return { ...part, shape: [end - first, end - first], data } as Tensor; // the same kind of array as before
}

/** Concatenates the rows of all micro-batches. */
export function stacked(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (first === undefined) throw new Error("internal: no micro-batches to stack");
  const [, ...rest] = first.shape;
  const data = emptyLike(
    first.data,
    parts.reduce((sum, part) => sum + part.data.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { ...first, shape: [parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0), ...rest], data };
}
