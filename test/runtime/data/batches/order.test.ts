// The order of epochs: every record once, and where data are read in stretches, mostly in the order in which they lie.
import { describe, expect, it } from "vitest";

import { trainingBatches } from "../../../../runtime/data/batches/batch-source.js";
import { shuffledOrders } from "../../../../runtime/data/batches/order.js";
import { concatenated, type DataSet, type Stretches } from "../../../../runtime/data/sources/data-set.js";

/** Data of so many records, in stretches where they have any. */
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
  it.each([1, 7, 100, 5000])("give every record once, drawn from %i", (buffer) => {
    const orderOf = shuffledOrders(dataOf(1000, { starts: every(1000, 64), buffer }), 1);
    expect(sorted(orderOf(0))).toEqual(all(1000));
    expect(sorted(orderOf(1))).toEqual(all(1000));
    expect([...orderOf(0)]).not.toEqual([...orderOf(1)]);
    expect([...orderOf(0)]).toEqual([...shuffledOrders(dataOf(1000, { starts: every(1000, 64), buffer }), 1)(0)]);
  });

  it("are read from front to back through the buffer, and in a random order", () => {
    const order = shuffledOrders(dataOf(1000, { starts: every(1000, 100), buffer: 20 }), 1)(0);
    const begun = [...new Set([...order].map((place) => Math.floor(place / 100)))];
    expect(begun).toHaveLength(10);
    expect(begun).not.toEqual(all(10));
    // When a record comes, no more than the buffer lies between it and the last one that was read.
    [...order].forEach((place, at) => {
      const read = begun.indexOf(Math.floor(place / 100)) * 100 + (place % 100);
      expect(read).toBeLessThanOrEqual(at + 20);
    });
  });

  it("are mixed with other data evenly", () => {
    const mixture = concatenated([
      dataOf(600, { starts: every(600, 100), buffer: 50 }),
      dataOf(200, { starts: every(200, 50), buffer: 50 }),
      dataOf(400),
    ]);
    const order = shuffledOrders(mixture, 3)(2);
    expect(sorted(order)).toEqual(all(1200));
    for (let at = 0; at < 1200; at += 300) {
      const part = [...order.subarray(at, at + 300)];
      const shares = [part.filter((place) => place < 600), part.filter((place) => place >= 600 && place < 800)];
      // 150 and 50 of 300 are expected; 6 standard deviations of the hypergeometric distribution are 45 and 34.
      expect(Math.abs((shares[0]?.length ?? 0) - 150)).toBeLessThan(45);
      expect(Math.abs((shares[1]?.length ?? 0) - 50)).toBeLessThan(34);
    }
  });

  it("leave the order of all others to records that break", () => {
    const whole = dataOf(300, { starts: every(300, 50), buffer: 40 });
    const left = all(300).filter((place) => place % 7 !== 0);
    const broken = { ...whole, length: left.length, places: { of: Int32Array.from(left), total: 300 } };
    const kept = [...shuffledOrders(broken, 1)(0)].filter((index) => index >= 0).map((index) => left[index]);
    expect(kept).toEqual([...shuffledOrders(whole, 1)(0)].filter((place) => place % 7 !== 0));
  });

  it("go on in the middle of an epoch with the samples that would have followed", async () => {
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
