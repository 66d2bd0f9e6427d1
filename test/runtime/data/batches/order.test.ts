// The order of items in epochs: every record once; data read in stretches come mostly in storage order.
import { describe, expect, it } from "vitest";

import { trainingBatches } from "../../../../runtime/data/batches/batch-source.js";
import { shuffledOrders } from "../../../../runtime/data/batches/order.js";
import { concatenated, type DataSet, type Stretches } from "../../../../runtime/data/sources/data-set.js";

/** A data set of this many records, in stretches if any are given. */
function dataOf(records: number, stretches?: Stretches): DataSet {
  return {
    name: `of ${records}`,
    kind: "texts",
    supplies: new Set(["text"] as const),
    length: records,
    digests: new Map(),
    item: (index) => ({ name: String(index), images: [], text: "a" }),
    ...(stretches && { parts: [{ records, stretches }] }),
  };
}

const every = (length: number, step: number): Int32Array =>
  Int32Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step);

const sorted = (order: Int32Array): number[] => [...order].sort((a, b) => a - b);
const all = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe("stretches", () => {
  it.each([1, 7, 100, 5000])("give every record once, with a shuffle buffer of %i", (buffer) => {
    const orderOf = shuffledOrders(dataOf(1000, { starts: every(1000, 64), buffer }), 1);
    expect(sorted(orderOf(0).items)).toEqual(all(1000));
    expect(sorted(orderOf(1).items)).toEqual(all(1000));
    expect([...orderOf(0).items]).not.toEqual([...orderOf(1).items]);
    expect([...orderOf(0).items]).toEqual([
      ...shuffledOrders(dataOf(1000, { starts: every(1000, 64), buffer }), 1)(0).items,
    ]);
  });

  it("are read in random order, each sequentially through the shuffle buffer", () => {
    const order = shuffledOrders(dataOf(1000, { starts: every(1000, 100), buffer: 20 }), 1)(0).items;
    const begun = [...new Set([...order].map((place) => Math.floor(place / 100)))];
    expect(begun).toHaveLength(10);
    expect(begun).not.toEqual(all(10));
    // A record comes at most a buffer's length after it was read.
    [...order].forEach((place, at) => {
      const read = begun.indexOf(Math.floor(place / 100)) * 100 + (place % 100);
      expect(read).toBeLessThanOrEqual(at + 20);
    });
  });

  it("are mixed evenly with other data", () => {
    const mixture = concatenated([
      dataOf(600, { starts: every(600, 100), buffer: 50 }),
      dataOf(200, { starts: every(200, 50), buffer: 50 }),
      dataOf(400),
    ]);
    const order = shuffledOrders(mixture, 3)(2).items;
    expect(sorted(order)).toEqual(all(1200));
    for (let at = 0; at < 1200; at += 300) {
      const part = [...order.subarray(at, at + 300)];
      const shares = [part.filter((place) => place < 600), part.filter((place) => place >= 600 && place < 800)];
      // 150 and 50 of 300 are expected; 6 standard deviations of the hypergeometric distribution are 45 and 34.
      expect(Math.abs((shares[0]?.length ?? 0) - 150)).toBeLessThan(45);
      expect(Math.abs((shares[1]?.length ?? 0) - 50)).toBeLessThan(34);
    }
  });

  it("keep the order of all other records if some are broken", () => {
    const whole = dataOf(300, { starts: every(300, 50), buffer: 40 });
    const left = all(300).filter((place) => place % 7 !== 0);
    const broken = { ...whole, length: left.length, places: { of: Int32Array.from(left), total: 300 } };
    const kept = [...shuffledOrders(broken, 1)(0).items].filter((index) => index >= 0).map((index) => left[index]);
    expect(kept).toEqual([...shuffledOrders(whole, 1)(0).items].filter((place) => place % 7 !== 0));
  });

  it("resume within an epoch with exactly the remaining samples", async () => {
    const dataSet = dataOf(100, { starts: every(100, 30), buffer: 16 });
    const options = { dataSet, needs: {}, batch: 8, seed: 5 };
    const first = trainingBatches(options);
    const batches = [];
    for (let i = 0; i < 20; i++) batches.push(await first.next());
    const later = trainingBatches(options, batches[8]?.next);
    for (const batch of batches.slice(9)) expect((await later.next()).items).toEqual(batch.items);
    await first.close();
    await later.close();
  });
});

/** Items of an order, named by data set and record (`b3`); `-` for records left out. */
function named(sizes: readonly number[], items: Int32Array): string[] {
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  return [...items].map((item) => {
    const part = starts.findLastIndex((start) => start <= item);
    return item < 0 ? "-" : `${"abc"[part] ?? ""}${item - (starts[part] ?? 0)}`;
  });
}

const count = (names: readonly string[], of: string): number => names.filter((name) => name.startsWith(of)).length;

describe("a mixture by weights", () => {
  const sizes = [300, 40, 60];
  const mixture = concatenated(
    [dataOf(300, { starts: every(300, 64), buffer: 50 }), dataOf(40), dataOf(60)],
    [1, 2, 1],
  );
  const orderOf = shuffledOrders(mixture, 7);

  it("has the shares given by its weights in every epoch, which has as many samples as there are records", () => {
    for (const epoch of [0, 1, 5]) {
      const names = named(sizes, orderOf(epoch).items);
      expect([names.length, ...["a", "b", "c"].map((of) => count(names, of))]).toEqual([400, 100, 200, 100]);
    }
  });

  it("has its shares in every part of an epoch", () => {
    const names = named(sizes, orderOf(3).items);
    // 50 of 100 are expected; 4 standard deviations of the hypergeometric distribution are 17.
    for (let at = 0; at < 400; at += 100) expect(Math.abs(count(names.slice(at, at + 100), "b") - 50)).toBeLessThan(17);
  });

  it("uses every item of a data set before repeating one, across epochs", () => {
    const order = [0, 1, 2].flatMap((epoch) => named(sizes, orderOf(epoch).items));
    for (const [of, size] of [
      ["a", 300],
      ["b", 40],
      ["c", 60],
    ] as const) {
      const own = order.filter((name) => name.startsWith(of));
      for (let at = 0; at + size <= own.length; at += size) expect(new Set(own.slice(at, at + size)).size).toBe(size);
    }
    expect(count(order, "b")).toBe(600);
  });

  it("counts the repetitions of an item, so that its noise never repeats", () => {
    const seen = [0, 1, 2].flatMap((epoch) => {
      const { items, rounds } = orderOf(epoch);
      return [...items].map((item, at) => `${item} ${rounds[at] ?? -1}`);
    });
    expect(new Set(seen).size).toBe(1200);
  });

  it("reshuffles data on every pass", () => {
    const own = named(sizes, orderOf(0).items).filter((name) => name.startsWith("b"));
    expect(own.slice(0, 40)).not.toEqual(own.slice(40, 80));
  });

  it("depends on seed and epoch only", () => {
    expect(shuffledOrders(mixture, 7)(2)).toEqual(orderOf(2));
    expect(shuffledOrders(mixture, 8)(2)).not.toEqual(orderOf(2));
  });

  it("draws from data of the smallest weight too", () => {
    const rare = concatenated([dataOf(30), dataOf(30)], [1, 1e6]);
    expect(count(named([30, 30], shuffledOrders(rare, 1)(0).items), "a")).toBe(1);
  });

  it("keeps the order of all other records if some are broken", () => {
    const left = all(40).filter((place) => place % 7 !== 0);
    const broken = { ...dataOf(40), length: left.length, places: { of: Int32Array.from(left), total: 40 } };
    const whole = named([40, 60], shuffledOrders(concatenated([dataOf(40), dataOf(60)], [3, 1]), 1)(1).items);
    const kept = named([left.length, 60], shuffledOrders(concatenated([broken, dataOf(60)], [3, 1]), 1)(1).items);
    const places = kept.map((name) => (name.startsWith("a") ? `a${left[Number(name.slice(1))] ?? ""}` : name));
    const isBroken = (name: string) => name.startsWith("a") && Number(name.slice(1)) % 7 === 0;
    expect(places).toEqual(whole.map((name) => (isBroken(name) ? "-" : name)));
  });

  it("keeps groups together on every pass", () => {
    const grouped = { ...dataOf(20), groups: Int32Array.from({ length: 20 }, (_, i) => i - (i % 2)) };
    const { items, rounds } = shuffledOrders(concatenated([grouped, dataOf(20)], [3, 1]), 2)(0);
    const groups = [...items].map((item, at) => `${item < 20 ? item - (item % 2) : item} ${rounds[at] ?? -1}`);
    const begun = groups.filter((group, at) => group !== groups[at - 1]);
    // 15 pairs of the first, and 10 single items of the second.
    expect([begun.length, new Set(begun).size]).toEqual([25, 25]);
  });

  it("resumes within an epoch with exactly the remaining samples", async () => {
    const options = { dataSet: mixture, needs: {}, batch: 32, seed: 5 };
    const first = trainingBatches(options);
    const batches = [];
    for (let i = 0; i < 30; i++) batches.push(await first.next());
    const later = trainingBatches(options, batches[16]?.next);
    for (const batch of batches.slice(17)) expect((await later.next()).items).toEqual(batch.items);
    expect(batches[16]?.next.epoch).toBe(1);
    await first.close();
    await later.close();
  });
});
