// The order of an epoch: all records shuffled, or where disks are to be read mostly in order, stretches of them shuffled and
// read through a buffer from which the next one is drawn. It follows from seed and epoch alone.
import { stream, type RandomStream } from "../../random.js";
import { recordsOf, type DataSet, type Part } from "../sources/data-set.js";

/** In an order: the index of a record that was left out on opening. */
export const LEFT_OUT = -1;

/** The items of an epoch, in the places of records that were left out `LEFT_OUT`; the last one asked for is kept. */
export function shuffledOrders(dataSet: DataSet, seed: number): (epoch: number) => Int32Array {
  const { groups, parts } = dataSet;
  const items = itemsByIndex(dataSet);
  let kept: { readonly epoch: number; readonly order: Int32Array } | undefined;
  return (epoch) => {
    if (kept?.epoch !== epoch) {
      const places =
        parts === undefined
          ? stream(seed, "order", epoch).shuffle(Int32Array.from(items.keys()))
          : mixed(parts, (...labels) => stream(seed, "order", epoch, ...labels));
      const order = places.map((place) => items[place] ?? LEFT_OUT);
      kept = { epoch, order: groups === undefined ? order : gathered(order, groups) };
    }
    return kept.order;
  };
}

/** The item of each record. */
function itemsByIndex(dataSet: DataSet): Int32Array {
  if (dataSet.places === undefined) return Int32Array.from({ length: dataSet.length }, (_, i) => i);
  const items = new Int32Array(recordsOf(dataSet)).fill(LEFT_OUT);
  dataSet.places.of.forEach((place, index) => (items[place] = index));
  return items;
}

/** The orders of parts, mixed: at every place each part is as likely as it has records left. */
function mixed(parts: readonly Part[], random: (...labels: (string | number)[]) => RandomStream): Int32Array {
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((sum, { records }) => sum + records, 0));
  const orders = parts.map((part, i) => streamed(part, random(i)));
  const turns = Int32Array.from(parts.flatMap(({ records }, i) => Array.from({ length: records }, () => i)));
  if (parts.length > 1) random("mixed").shuffle(turns);
  const next = parts.map(() => 0);
  return turns.map((part) => {
    const at = next[part] ?? 0;
    next[part] = at + 1;
    return (starts[part] ?? 0) + (orders[part]?.[at] ?? 0);
  });
}

/** The records of a part: shuffled, or its stretches shuffled and drawn from through a buffer. */
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

/** Groups in the order of their first items, items of a group in theirs. */
function gathered(order: Int32Array, groups: Int32Array): Int32Array {
  const found = new Map<number, number[]>();
  for (const index of order) {
    const group = groups[index] ?? index;
    const items = found.get(group);
    if (items === undefined) found.set(group, [index]);
    else items.push(index);
  }
  return Int32Array.from([...found.values()].flat());
}
