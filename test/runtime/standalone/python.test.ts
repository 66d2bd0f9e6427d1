// The Python reimplementations in a folder against vlmo: random numbers, orders, masks, pixels and number formatting.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { maskPatches } from "../../../runtime/data/batches/mask-patches.js";
import { shuffledOrders } from "../../../runtime/data/batches/order.js";
import { quotas } from "../../../runtime/data/batches/quotas.js";
import { randAugment } from "../../../runtime/data/images/rand-augment.js";
import type { DataSet } from "../../../runtime/data/index.js";
import { stream } from "../../../runtime/random.js";
import { learningRate } from "../../../runtime/train/schedule.js";
import { hasTorch, python } from "../../support/torch.js";

const folder = join(import.meta.dirname, "../../../runtime/standalone/python");

/** The JSON output of a piece of Python. NumPy comes with PyTorch. */
function said(code: string): unknown {
  const words = ["-B", "-c", `import json, sys\nsys.path.insert(0, ${JSON.stringify(folder)})\n${code}`];
  return JSON.parse(execFileSync(python, words, { encoding: "utf8" }));
}

describe.skipIf(!hasTorch)("the Python of a folder", () => {
  test("draws the numbers of a stream, for any name", () => {
    const names = [
      [0, "noise", "vision", 3],
      [7, "tokens.words", -1, 12_345],
      [1, "patches", 2 ** 40, 0.5],
    ] as const;
    const numbers = names.map(([seed, ...labels]) => {
      const random = stream(seed, ...labels);
      return [...Array.from({ length: 100 }, () => random.uniform()), ...random.shuffle([1, 2, 3, 4, 5])];
    });
    expect(
      said(`
from noise import stream
def numbers(names):
    random = stream(*names)
    return [random.uniform() for _ in range(100)] + random.shuffle([1, 2, 3, 4, 5])
print(json.dumps([numbers(names) for names in json.loads('${JSON.stringify(names)}')]))`),
    ).toEqual(numbers);
  });

  test.each<[string, Partial<DataSet>]>([
    ["records without stretches", {}],
    ["groups", { groups: Int32Array.from({ length: 50 }, (_, i) => i - (i % 4)) }],
    ["skipped records", { length: 47, places: { of: Int32Array.from({ length: 47 }, (_, i) => i + 3), total: 50 } }],
    [
      "stretches",
      { parts: [{ records: 20 }, { records: 30, stretches: { starts: Int32Array.of(0, 9, 20), buffer: 7 } }] },
    ],
    [
      "weights",
      {
        parts: [
          { records: 20, weight: 3 },
          { records: 30, weight: 1 },
        ],
      },
    ],
  ])("orders %s as vlmo does, epoch after epoch", (_, facts) => {
    const dataSet = { length: 50, ...facts } as DataSet; // the properties that an order reads
    const orderOf = shuffledOrders(dataSet, 5);
    const orders = [0, 1, 2, 3].map((epoch) => [[...orderOf(epoch).items], [...orderOf(epoch).rounds]]);
    const plan = {
      places: dataSet.places && [...dataSet.places.of],
      groups: dataSet.groups && [...dataSet.groups],
      parts: dataSet.parts?.map(({ stretches, ...part }) => ({
        ...part,
        ...(stretches && { starts: [...stretches.starts], buffer: stretches.buffer }),
      })),
    };
    expect(
      said(`
from order import Order
plan = json.loads('${JSON.stringify(plan)}')
order = Order(5, 50, plan.get("places"), plan.get("groups"), plan.get("parts"))
print(json.dumps([order.of(epoch) for epoch in range(4)]))`),
    ).toEqual(orders);
  });

  test("divides an epoch by weights", () => {
    const rows = [
      [[3, 1], 50],
      [[1, 1, 1], 100],
      [[1000, 1, 1], 5],
    ] as const;
    expect(
      said(`
from order import quotas
print(json.dumps([quotas(*row) for row in json.loads('${JSON.stringify(rows)}')]))`),
    ).toEqual(rows.map(([weights, total]) => quotas(weights, total)));
  });

  test("masks blocks of patches", () => {
    const masking = { grid: [14, 14], ratio: 0.4, shape: "blockwise" } as const;
    const masks = [0, 1, 2, 3, 4].map((place) => [...maskPatches(masking, stream(1, "patches", place))]);
    expect(
      said(`
from masks import mask_patches
from noise import stream
masking = json.loads('${JSON.stringify(masking)}')
print(json.dumps([mask_patches(masking, stream(1, "patches", place)).tolist() for place in range(5)]))`),
    ).toEqual(masks);
  });

  test("augments pixels, also transparent ones", () => {
    const size = 20;
    const images = ([3, 4] as const).flatMap((channels) =>
      Array.from({ length: 12 }, (_, i) => {
        const random = stream(i, "pixels", channels);
        const data = Uint8Array.from({ length: size * size * channels }, () => random.integer(200) + 30);
        return {
          channels,
          data,
          out: randAugment({ size, channels, data }, { count: 4, magnitude: 9 }, stream(i, "augment")),
        };
      }),
    );
    const given = images.map(({ channels, data }, i) => [channels, [...data], i % 12]);
    expect(
      said(`
import numpy as np
from noise import stream
from rand_augment import rand_augment
def out(channels, data, i):
    pixels = np.array(data, np.uint8).reshape(${size}, ${size}, channels)
    return rand_augment(pixels, 4, 9, stream(i, "augment")).ravel().tolist()
print(json.dumps([out(*row) for row in json.loads('${JSON.stringify(given)}')]))`),
    ).toEqual(images.map(({ out }) => [...out]));
  });

  test("formats numbers as JavaScript does", () => {
    const numbers = [
      0, 1, -1, 0.1, 1e-6, 1.5e-7, 1e-7, 123_456.75, 1e15, 1e20, 1e21, 1.5e300, -2.5e-9, 5e-324, 100.5, 1e-5,
    ];
    expect(
      said(`
from javascript import number
print(json.dumps([number(float(each)) for each in json.loads('${JSON.stringify(numbers)}')]))`),
    ).toEqual(numbers.map(String));
  });

  test.each(["linear", "cosine", "polynomial", "constant"] as const)("has the learning rates of %s", (kind) => {
    const course = { kind, lr: 1e-3, end: 1e-5, power: 2, total: 50, warmup: 7 };
    const rates = Array.from({ length: 52 }, (_, step) => Math.fround(learningRate(course, course, step)));
    expect(
      said(`
import numpy as np
from schedule import learning_rate
course = json.loads('${JSON.stringify(course)}')
print(json.dumps([float(np.float32(learning_rate(course, step))) for step in range(52)]))`),
    ).toEqual(rates);
  });
});
