// The order of an epoch: all records shuffled; or, for sequential reading, contiguous stretches shuffled and read through a
// shuffle buffer. It depends on seed and epoch alone.
import { stream, type RandomStream } from "../../random.js";
import { recordsOf, type DataSet, type Part } from "../sources/data-set.js";
import { quotas } from "./quotas.js";

/** In an order, the index of a record that was left out at opening. */
export const LEFT_OUT = -1;

/** The samples of an epoch. */
export interface Order {
  /** Indices of items; `LEFT_OUT` for records that were left out. */
  readonly items: Int32Array;
  /**
   * How often each occurred before: with the item it names random streams. Equal to the epoch, except in a mixture, where some
   * data occur several times an epoch and others less than once.
   */
  readonly rounds: Int32Array;
}

/** The orders of a data set's epochs; the last one is cached. */
export function shuffledOrders(dataSet: DataSet, seed: number): (epoch: number) => Order {
  const { parts = [] } = dataSet;
  const orderIn = parts.some(({ weight }) => weight !== undefined) ? weighted(dataSet, seed) : whole(dataSet, seed);
  let kept: { readonly epoch: number; readonly order: Order } | undefined;
  return (epoch) => {
    if (kept?.epoch !== epoch) kept = { epoch, order: orderIn(epoch) };
    return kept.order;
  };
}

/** Every record once an epoch. */
function whole(dataSet: DataSet, seed: number): (epoch: number) => Order {
  const { groups, parts } = dataSet;
  const items = itemsByIndex(dataSet);
  return (epoch) => {
    const random: Streams = (...labels) => stream(seed, "order", epoch, ...labels);
    const places = parts === undefined ? random().shuffle(Int32Array.from(items.keys())) : mixed(parts, random);
    const rounds = new Int32Array(places.length).fill(epoch);
    return gathered({ items: places.map((place) => items[place] ?? LEFT_OUT), rounds }, groups);
  };
}

/**
 * Of as many samples as there are records, each part gets a share by its weight. A part continues in the next epoch where it
 * stopped, and is reshuffled after each full pass.
 */
function weighted(dataSet: DataSet, seed: number): (epoch: number) => Order {
  const { groups, parts = [] } = dataSet;
  const items = itemsByIndex(dataSet);
  const starts = startsOf(parts);
  const counts = quotas(
    parts.map(({ weight = 0 }) => weight),
    items.length,
  );
  /** The items of a part in its given round. */
  const roundOf = (part: Part, i: number, round: number): Int32Array => {
    const places = streamed(part, stream(seed, "order", round, i));
    const found = places.map((place) => items[(starts[i] ?? 0) + place] ?? LEFT_OUT);
    return gathered({ items: found, rounds: new Int32Array(found.length).fill(round) }, groups).items;
  };
  const drawn = (part: Part, i: number, epoch: number): Order => {
    const count = counts[i] ?? 0;
    const order = { items: new Int32Array(count), rounds: new Int32Array(count) };
    for (let at = 0; at < count;) {
      const place = epoch * count + at;
      const round = Math.floor(place / part.records);
      const rest = roundOf(part, i, round)
        .subarray(place % part.records)
        .subarray(0, count - at);
      order.items.set(rest, at);
      order.rounds.fill(round, at, at + rest.length);
      at += rest.length;
    }
    return order;
  };
  return (epoch) => {
    const orders = parts.map((part, i) => drawn(part, i, epoch));
    const turns = turnsOf(counts, () => stream(seed, "order", epoch, "mixed"));
    return gathered(
      {
        items: inTurn(
          turns,
          orders.map((each) => each.items),
        ),
        rounds: inTurn(
          turns,
          orders.map((each) => each.rounds),
        ),
      },
      groups,
    );
  };
}

/** The item of each record. */
function itemsByIndex(dataSet: DataSet): Int32Array {
  if (dataSet.places === undefined) return Int32Array.from({ length: dataSet.length }, (_, i) => i);
  const items = new Int32Array(recordsOf(dataSet)).fill(LEFT_OUT);
  dataSet.places.of.forEach((place, index) => (items[place] = index));
  return items;
}

type Streams = (...labels: (string | number)[]) => RandomStream;

/** Interleaves the orders of parts: at every position the next part is drawn in proportion to its remaining records. */
function mixed(parts: readonly Part[], random: Streams): Int32Array {
  const starts = startsOf(parts);
  const orders = parts.map((part, i) => streamed(part, random(i)).map((place) => (starts[i] ?? 0) + place));
  const counts = parts.map(({ records }) => records);
  return inTurn(
    turnsOf(counts, () => random("mixed")),
    orders,
  );
}

/** The index of the first record of each part among all records. */
function startsOf(parts: readonly Part[]): number[] {
  return parts.map((_, i) => parts.slice(0, i).reduce((sum, { records }) => sum + records, 0));
}

/** The part of each sample: `counts` of each, shuffled. */
function turnsOf(counts: readonly number[], random: () => RandomStream): Int32Array {
  const turns = new Int32Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  counts.forEach((count, part) => turns.fill(part, at, (at += count)));
  return counts.length > 1 ? random().shuffle(turns) : turns;
}

/** Merges lists: each turn takes the next value of its list. */
function inTurn(turns: Int32Array, lists: readonly Int32Array[]): Int32Array {
  const next = lists.map(() => 0);
  return turns.map((list) => {
    const at = next[list] ?? 0;
    next[list] = at + 1;
    return lists[list]?.[at] ?? 0;
  });
}

/** The records of a part: shuffled, or its stretches shuffled and passed through a shuffle buffer. */
function streamed({ records, stretches }: Part, random: RandomStream): Int32Array {
  if (stretches === undefined) return random.shuffle(Int32Array.from({ length: records }, (_, i) => i));
  const { starts, buffer } = stretches;
  const out = new Int32Array(records);
  const held: number[] = [];
  let at = 0;
  for (const stretch of random.shuffle(Int32Array.from(starts.keys()))) {
    const [from = 0, to = records] = [starts[stretch], starts[stretch + 1]];
    for (let place = from; place < to; place++) {
      if (held.length < buffer) held.push(place);
      else {
        const drawn = random.integer(buffer);
        out[at++] = held[drawn] ?? 0;
        held[drawn] = place;
      }
    }
  }
  out.set(random.shuffle(held), at);
  return out;
}

/** Moves items of a group together, to its first item; each round of a group is a group of its own. */
function gathered(order: Order, groups: Int32Array | undefined): Order {
  if (groups === undefined) return order;
  const found = new Map<string, number[]>();
  order.items.forEach((index, at) => {
    const key = `${order.rounds[at] ?? 0} ${groups[index] ?? index}`;
    const places = found.get(key);
    if (places === undefined) found.set(key, [at]);
    else places.push(at);
  });
  const places = Int32Array.from([...found.values()].flat());
  const at = (values: Int32Array): Int32Array => places.map((place) => values[place] ?? 0);
  return { items: at(order.items), rounds: at(order.rounds) };
}
