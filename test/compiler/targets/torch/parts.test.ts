// Repeated runs of operations become functions; a split program computes every operation once, in the same order.
import { describe, expect, test } from "vitest";
import {
  buildStep,
  createGraph,
  lower,
  targets,
  topological,
  writeTorch,
  type Value,
} from "../../../../compiler/index.js";
import { gelu, linear } from "../../../../compiler/ops/composite.js";
import { add } from "../../../../compiler/ops/elementwise.js";
import { repeatsIn } from "../../../../compiler/targets/torch/repeats.js";
import { specOf, stageOf } from "../../../support/specs.js";
import { hole, holes } from "../../passes/small-graphs.js";

describe("repeatsIn finds", () => {
  test.each([
    { title: "parts with others between them", text: "abcxabcyabc", found: [{ length: 3, starts: [0, 4, 8] }] },
    {
      title: "one layer, not two together",
      text: "abcdabcdabcdabcd",
      found: [{ length: 4, starts: [0, 4, 8, 12] }],
    },
    { title: "nothing", text: "abcdefgh", found: [] },
    { title: "overlapping occurrences, counted once", text: "aaaaaaa", found: [{ length: 3, starts: [0, 3] }] },
    {
      title: "two kinds",
      text: "abcdabcdxyzwxyzw",
      found: [
        { length: 4, starts: [0, 4] },
        { length: 4, starts: [8, 12] },
      ],
    },
  ])("$title: $text", ({ text, found }) => {
    expect(repeatsIn([...text], { least: 3, most: 8, saves: 3 })).toEqual(found);
  });
});

const [weight, bias, tokens] = [hole("weight", 8, 8), hole("bias", 8), hole("tokens", 2, 5, 8)];

/** Enough operations for a function. */
function layer(x: Value): Value {
  return add(
    x,
    [1, 2, 3, 4, 5, 6].reduce((y) => gelu(linear(y, weight, bias)), x),
  );
}

/** A module of consecutive layers. */
function layers(count: number, last: (x: Value) => Value = (x) => x): string {
  const y = last(Array.from({ length: count }).reduce<Value>(layer, tokens));
  return writeTorch(lower(createGraph("layers", holes, new Map([["y", y]])), targets.torch), { parts: true });
}

test("equal layers are one function, called for each", () => {
  const text = layers(5);
  expect(text).toMatch(/^ {4}def part0\(x0, x1, x2\): {2}# called 5 times$/m);
  expect(text.match(/= part\d+\(/g)).toHaveLength(5);
});

test("a few repeated operations are not made a function", () => {
  const text = layers(5, (x) => gelu(x));
  expect(text.match(/def part\d+/g)).toHaveLength(1);
  expect(text).toMatch(/^ {8}v\d+ = torch\.nn\.functional\.gelu\(v\d+\)/m);
});

test("every operation of a step is written once, in a function or inline", () => {
  const stage = stageOf(specOf("specs/parity.vlmo"), "pairs_stage");
  const graph = lower(buildStep(stage, { batch: 4, capacity: new Map() }).graph, targets.torch, "bfloat16");
  const text = writeTorch(graph, { parts: true });
  const times = [...text.matchAll(/def (part\d+)\(.*# called (once|\d+)/g)].map(([, name = "", count]) => ({
    name,
    count: count === "once" ? 1 : Number(count),
  }));
  expect(times.some(({ count }) => count > 1)).toBe(true);
  const operations = (body: string): number => body.match(/ = .* {2}# (f32|bf16|i32)\[/g)?.length ?? 0;
  const computed = times.reduce((sum, { name, count }) => {
    const [, body = ""] = new RegExp(`def ${name}\\(.*\\n([^@]*?)\\n {8}return`).exec(text) ?? [];
    return sum + count * operations(body);
  }, 0);
  const [, body = ""] = /def run\(.*\n([^]*)return \{/.exec(text) ?? [];
  const alone = operations(body.replaceAll(/.* = inputs\[.*/g, ""));
  const wanted = topological(graph.outputs.values()).filter(
    ({ op }) => op !== "input" && op !== "constant" && op !== "adamw",
  );
  expect(computed + alone).toBe(wanted.length);
});
