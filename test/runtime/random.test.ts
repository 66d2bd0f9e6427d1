import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import wabt from "wabt";

import { hash32, stream } from "../../runtime/random.js";
import { kernel } from "../../runtime/random/kernel.js";
import { kernelCode } from "../../runtime/random/kernel-code.js";
import { threefry } from "../../runtime/random/threefry.js";
import { atOnce, Uniforms } from "../../runtime/random/uniforms.js";

/** Known answers of Random123, threefry2x32 with 20 rounds: counter, key, result. */
const KNOWN = [
  { counter: [0, 0], key: [0, 0], result: [0x6b200159, 0x99ba4efe] },
  { counter: [0xffffffff, 0xffffffff], key: [0xffffffff, 0xffffffff], result: [0x1cb996fc, 0xbb002be7] },
  { counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344], result: [0xc4923a9c, 0x483df7a0] },
] as const;

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

/** A number of [0, 1) with adjacent doubles, and those at which the upper 32 bits change. */
function around(at: number): number[] {
  const steps = [0, 1, 2, 3, 2 ** 18, 2 ** 20, 2 ** 32, 2 ** 33, 2 ** 36].flatMap((step) => [step, -step]);
  return steps.map((step) => at + step * 2 ** -53).filter((value) => value >= 0 && value < 1);
}

function parts<T>(list: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / length) }, (_, i) => list.slice(i * length, (i + 1) * length));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe("threefry", () => {
  it.each(KNOWN)("gives the published block for counter $counter", ({ counter, key, result }) => {
    const out = new Uint32Array(2);
    threefry(new Uint32Array(key), counter[0], counter[1], out);
    expect([...out]).toEqual([...result]);
  });
});

describe("stream", () => {
  it("gives the same numbers for the same name, independent of other streams", () => {
    const alone = draws(5, stream(7, "mask", 3).uniform);
    const other = stream(7, "mask", 4);
    const again = stream(7, "mask", 3);
    const mixed = draws(5, () => {
      other.normal();
      return again.uniform();
    });
    expect(mixed).toEqual(alone);
  });

  it.each([
    { a: stream(1, "x"), b: stream(2, "x"), differs: "the seed" },
    { a: stream(1, "x"), b: stream(1, "y"), differs: "a label" },
    { a: stream(1, "x", 1), b: stream(1, "x", "1"), differs: "the type of a label" },
    { a: stream(1, "ab", "c"), b: stream(1, "a", "bc"), differs: "where labels are cut" },
    { a: stream(1), b: stream(1, ""), differs: "the number of labels" },
  ])("gives other numbers when $differs differs", ({ a, b }) => {
    expect(draws(4, a.uniform)).not.toEqual(draws(4, b.uniform));
  });

  it("never changes its numbers: the first of stream(1, 'pinned')", () => {
    const random = stream(1, "pinned");
    expect([random.integer(1000), random.integer(1000), random.integer(1000)]).toEqual(PINNED);
  });

  it("draws uniform numbers in [0, 1) with the right mean and variance", () => {
    const values = draws(20_000, stream(1, "uniform").uniform);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(mean(values)).toBeCloseTo(0.5, 2);
    expect(mean(values.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
  });

  it("draws normal and Gumbel numbers with the right moments", () => {
    const normal = draws(40_000, stream(1, "normal").normal);
    const gumbel = draws(40_000, stream(1, "gumbel").gumbel);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(mean(gumbel)).toBeCloseTo(0.5772, 1);
  });

  it("draws indices by weight with the Gumbel-max trick", () => {
    const weights = [0.5, 0.3, 0.2];
    const random = stream(1, "choice");
    const counts = [0, 0, 0];
    for (let i = 0; i < 20_000; i++) {
      const scores = weights.map((weight) => Math.log(weight) + random.gumbel());
      const best = scores.indexOf(Math.max(...scores));
      counts[best] = (counts[best] ?? 0) + 1 / 20_000;
    }
    counts.forEach((share, i) => expect(share).toBeCloseTo(weights[i] ?? 0, 1));
  });

  it("shuffles into all orders with equal frequency", () => {
    const counts = new Map<string, number>();
    const random = stream(1, "shuffle");
    for (let i = 0; i < 12_000; i++) {
      const order = random.shuffle([0, 1, 2]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it.each(["Uniform", "Normal", "Gumbel"] as const)("fill%s gives the numbers of single draws", (kind) => {
    const length = 2 * atOnce + 3;
    const [filling, drawing] = [stream(1, "fill"), stream(1, "fill")];
    const draw = { Uniform: drawing.uniform, Normal: drawing.normal, Gumbel: drawing.gumbel }[kind];
    expect(filling[`fill${kind}`](new Float32Array(length))).toEqual(Float32Array.from(draws(length, draw)));
    expect(filling.uniform()).toBe(drawing.uniform());
  });

  it("never fills in 1 by rounding a number just below it", () => {
    const values = stream(1, "fill").fillUniform(new Float32Array(2 ** 16));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });
});

describe("Uniforms", () => {
  const key = new Uint32Array([0x12345678, 0xfedcba98]);

  it("computes V8's normal numbers from uniform ones at all branches of its logarithm and cosine", () => {
    if (kernel === null) throw new Error("no kernel");
    const { memory, normals: replace } = kernel;
    // Branches of fdlibm: by magnitude, near the ends of the range, and near multiples of π/4.
    const firsts = [0, 2 ** -53, 0.5, 0.7, Math.SQRT1_2, 0.75, 1 - 2 ** -21, 1 - 2 ** -20].flatMap(around);
    const seconds = Array.from({ length: 33 }, (_, eighth) => eighth / 32).flatMap(around);
    const pairs = firsts.flatMap((first) => seconds.map((second) => [first, second] as const));
    const normals = pairs.map(([first, second]) => {
      return Math.sqrt(-2 * Math.log(first + 2 ** -54)) * Math.cos(2 * Math.PI * second);
    });
    const made = parts(pairs, atOnce / 2).flatMap((part) => {
      new Float64Array(memory.buffer).set(part.flat());
      replace(part.length);
      return [...new Float32Array(memory.buffer, 0, part.length)];
    });
    expect(made).toEqual([...Float32Array.from(normals)]);
  });

  it("has a WebAssembly kernel that matches its source", async () => {
    const { parseWat } = await wabt();
    const text = readFileSync("runtime/random/kernel.wat");
    const { buffer } = parseWat("kernel.wat", text, { simd: true }).toBinary({});
    expect(kernelCode).toBe(Buffer.from(buffer).toString("base64"));
    expect(kernel).not.toBeNull();
  });

  it.each([
    { low: 0, high: 0, count: 1 },
    { low: 5, high: 0, count: atOnce },
    { low: 2 ** 31 - 2, high: 3, count: 9 },
    { low: 2 ** 32 - 8, high: 0, count: 8 },
    { low: 2 ** 32 - 3, high: 0xffffffff, count: 7 },
  ])("gives $count numbers from counter $low of $high on as single draws do", ({ low, high, count }) => {
    const [taking, drawing] = [new Uniforms(key, low, high), new Uniforms(key, low, high)];
    expect([...taking.take(count)]).toEqual(draws(count, () => drawing.next()));
    expect(taking.next()).toBe(drawing.next());
  });
});

describe("hash32", () => {
  it("depends on its labels only", () => {
    expect(hash32("a", 1)).toBe(hash32("a", 1));
    expect(hash32("a", 1)).not.toBe(hash32("a", 2));
  });
});

const PINNED: readonly number[] = [587, 364, 361];
