// Batches of a data set: for training endless and reshuffled each epoch, for evaluation once in order. A batch depends on its
// position alone, so that a run can resume from a saved position; a few are prefetched while the engine computes.
import {
  checkSupplies,
  copySlot,
  countsOf,
  prepare,
  buffersFor,
  tensorsOf,
  type Prepared,
  type ImageBuffers,
  type Slot,
  type BatchContext,
} from "./assemble.js";
import type { Batch, BatchOptions, BatchSource, Position } from "./batch.js";
import type { Tensors } from "../../tensor.js";
import { VlmoError, vlmoError } from "../../errors/vlmo-error.js";
import { quietly } from "../../quietly.js";
import { createArrays } from "./arrays.js";
import { LEFT_OUT, shuffledOrders, type Order } from "./order.js";
import { stream } from "../../random.js";
import { mixImages } from "./mix-images.js";
import { createImageLoader } from "../images/image.js";

const PREFETCH = 2;

/** Options with a loader. */
type Loading = BatchOptions & Required<Pick<BatchOptions, "loader">>;

/** Training batches from a position on (default: the start). Throws V919; the first batches are prefetched. */
export function trainingBatches(options: BatchOptions, from?: Position): BatchSource {
  return trainingBatchesBy({ loader: createImageLoader(), ...options }, from);
}

/** As `trainingBatches`, with the caller's loader. */
export function trainingBatchesBy(options: Loading, from: Position = { epoch: 0, offset: 0 }): BatchSource {
  const { dataSet, batch, prefetch = PREFETCH } = options;
  const maker = createMaker(options);
  if (dataSet.length < batch) throw vlmoError("V919", { data: dataSet.name, reason: tooSmall(dataSet.length, batch) });
  let ahead: Promise<Batch>[] = [];
  const begin = (position: Position): void => {
    ahead = [quietly(maker.train(position))];
    while (ahead.length < prefetch) extend();
  };
  const extend = (): void => {
    const last = ahead.at(-1);
    if (last !== undefined) ahead.push(quietly(last.then(({ next }) => maker.train(next))));
  };
  begin(from);
  return {
    batchesPerEpoch: Math.floor(dataSet.length / batch),
    next: () => {
      extend();
      const first = ahead.shift();
      if (first === undefined) throw new Error("internal: a batch of a closed source");
      return first;
    },
    recycle: ({ tensors }) => maker.recycle(tensors),
    seek: begin,
    skipped: () => maker.skipped(),
    close: async () => {
      const left = ahead;
      ahead = [];
      await Promise.allSettled(left);
    },
  };
}

/** What to do with the last batch of an evaluation if items are left over. */
export type Remainder =
  /** Make it smaller. */
  | "short"
  /** Pad it with its own first item; `counts.items` says how many count. */
  | "pad";

/** Every item once, in order. Random draws (masks) are the same each time. Throws `VlmoError`. */
export function evaluationBatches(options: BatchOptions, remainder?: Remainder): AsyncGenerator<Batch> {
  return evaluationBatchesBy({ loader: createImageLoader(), ...options }, remainder);
}

/** As `evaluationBatches`, with the caller's loader. */
export async function* evaluationBatchesBy(options: Loading, remainder: Remainder = "short"): AsyncGenerator<Batch> {
  const maker = createMaker(options);
  const { length } = options.dataSet;
  let next: Promise<Batch | undefined> = quietly(maker.evaluate(0, remainder));
  for (;;) {
    const batch = await next;
    if (batch === undefined) return;
    const { offset } = batch.next;
    next = offset < length ? quietly(maker.evaluate(offset, remainder)) : Promise.resolve(undefined);
    yield batch;
  }
}

/** The label of evaluations in random streams, since they have no epoch. */
const NO_EPOCH = -1;

interface Maker {
  recycle(tensors: Tensors): void;
  train(position: Position): Promise<Batch>;
  evaluate(offset: number, remainder: Remainder): Promise<Batch | undefined>;
  skipped(): { item: string; reason: string }[];
}

function createMaker(options: Loading): Maker {
  const { dataSet, needs, batch, own, seed, loader } = options;
  checkSupplies(dataSet, needs);
  const arrays = createArrays();
  const context: BatchContext = { dataSet, needs, seed, loader, arrays };
  const { gather, skipped } = createGatherer(context, options);
  const gatherTraining = own === undefined ? gather : shareGatherer(context, batch, own);
  const inOrder: Order = {
    items: Int32Array.from({ length: dataSet.length }, (_, i) => i),
    rounds: new Int32Array(dataSet.length).fill(NO_EPOCH),
  };
  const orderOf = shuffledOrders(dataSet, seed);
  return {
    train: async (position) => {
      let start = position;
      for (;;) {
        const gathered = await gatherTraining(orderOf(start.epoch), start);
        const { rows } = gathered;
        if (rows.length === (own?.length ?? batch)) return finished(gathered, rows.length, start, context);
        if (start.offset === 0) {
          throw vlmoError("V919", { data: dataSet.name, reason: tooSmall(rows.length, batch) });
        }
        start = { epoch: start.epoch + 1, offset: 0 };
      }
    },
    evaluate: async (offset, remainder) => {
      const start = { epoch: NO_EPOCH, offset };
      const gathered = await gather(inOrder, start);
      const { rows, buffers } = gathered;
      const [first] = rows;
      if (first === undefined) return undefined;
      const items = rows.length;
      while (remainder === "pad" && rows.length < batch) {
        copySlot(buffers, 0, rows.length);
        rows.push(first);
      }
      return finished({ ...gathered, ...wholeBatch(rows) }, items, start, context);
    },
    recycle: arrays.recycle,
    skipped,
  };
}

interface Gatherer {
  /** The next readable items of an order, up to a batch, and the position after them. */
  gather(order: Order, from: Position): Promise<Gathered>;
  readonly skipped: Maker["skipped"];
}

function createGatherer(context: BatchContext, { batch, onError = "stop", leftOut }: BatchOptions): Gatherer {
  const broken = new Map<number, { item: string; reason: string }>();
  /** Undefined for an item that cannot be read and may be left out. */
  const tried = async (slot: Slot): Promise<Prepared | undefined> => {
    const { index } = slot;
    if (index === LEFT_OUT || broken.has(index)) return undefined;
    try {
      return await prepare(context, slot);
    } catch (error) {
      if (!(error instanceof VlmoError) || onError === "stop") throw error;
      const [item, reason] = [context.dataSet.item(index), `${error.code}: ${error.message}`];
      if (!broken.has(index)) leftOut?.(item, reason);
      broken.set(index, { item: item.name, reason });
      return undefined;
    }
  };
  return {
    gather: async ({ items, rounds }, { epoch, offset }) => {
      const rows: Prepared[] = [];
      const buffers = buffersFor(batch, context);
      let end = offset;
      while (rows.length < batch && end < items.length) {
        const first = rows.length;
        const wanted = Math.min(batch - first, items.length - end);
        const tries = Array.from({ length: wanted }, (_, i) =>
          tried({ index: items[end + i] ?? LEFT_OUT, epoch: rounds[end + i] ?? epoch, buffers, place: first + i }),
        );
        (await settled(tries)).forEach((row, i) => {
          if (row === undefined) return;
          copySlot(buffers, first + i, rows.length);
          rows.push(row);
        });
        end += wanted;
      }
      return { rows, buffers, next: { epoch, offset: end }, ...wholeBatch(rows) };
    },
    skipped: () => [...broken.values()],
  };
}

function wholeBatch(rows: readonly Prepared[]): Pick<Gathered, "numbers" | "all"> {
  return { numbers: [...rows.keys()], all: rows.map(({ index }) => index) };
}

/**
 * `gather` for one of several processes: only the items at these positions of the next batch; none if no whole batch is left.
 */
function shareGatherer(context: BatchContext, batch: number, own: readonly number[]): Gatherer["gather"] {
  return async ({ items: order, rounds }, { epoch, offset }) => {
    const all = Array.from({ length: Math.min(batch, order.length - offset) }, (_, i) => order[offset + i] ?? LEFT_OUT);
    const numbers = all.length < batch ? [] : own;
    const buffers = buffersFor(numbers.length, context);
    const items = numbers.map((number, place) =>
      prepare(context, { index: all[number] ?? LEFT_OUT, epoch: rounds[offset + number] ?? epoch, buffers, place }),
    );
    return { rows: await settled(items), buffers, next: { epoch, offset: offset + batch }, numbers, all };
  };
}

interface Gathered {
  readonly rows: Prepared[];
  readonly buffers: ImageBuffers;
  readonly next: Position;
  /** Positions of the rows in the whole batch, and the indices of all its items. */
  readonly numbers: readonly number[];
  readonly all: readonly number[];
}

function finished(
  { rows, buffers, next, numbers, all }: Gathered,
  items: number,
  start: Position,
  context: BatchContext,
): Batch {
  const { needs, seed } = context;
  const tensors = tensorsOf(rows, { buffers, all }, context);
  if (needs.mix !== undefined && needs.mix.length > 0)
    mixImages(tensors, needs.mix, stream(seed, "mix", start.epoch, start.offset));
  return {
    tensors,
    items: rows.map(({ item }) => item.name),
    indices: rows.map(({ index }) => index),
    numbers,
    counts: countsOf(rows, items),
    start,
    next,
  };
}

function tooSmall(length: number, batch: number): string {
  return `it has ${length} usable items, fewer than one batch of ${batch}`;
}

/** All results in order. If some fail, the first failure by order, once all have settled. */
async function settled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
