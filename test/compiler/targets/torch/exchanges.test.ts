// Where a program of several processes starts its collectives, and where it waits for them.
import { describe, expect, test } from "vitest";
import { buildFinal, lower, targets, writeTorch, type Graph, type Node } from "../../../../compiler/index.js";
import { nodesOf } from "../../../../compiler/ir/graph.js";
import { sizeOf } from "../../../../compiler/ir/types.js";
import { exchangesEarly } from "../../../../compiler/targets/torch/collectives.js";
import { isLong } from "../../../support/long.js";
import { shippedStage } from "../../check/shipped.js";

const products = new Set(["linear", "matmul", "conv2d"]);

/** Approximate FLOPs of matmuls in the backward pass. */
function backward({ op, inputs, outputs, origin }: Node): number {
  if (!products.has(op) || !origin.part.startsWith("gradient")) return 0;
  return sizeOf(outputs[0]?.type.shape ?? []) * (inputs[0]?.type.shape.at(-1) ?? 1);
}

const workOf = (nodes: readonly Node[]): number => nodes.reduce((sum, node) => sum + backward(node), 0);

/** Whether it sends gradients, that is, many elements. */
const sendsGradients = ({ op, inputs }: Node): boolean =>
  (op === "allReduce" || op === "reduceScatter") &&
  inputs.reduce((sum, { type }) => sum + sizeOf(type.shape), 0) > 100_000;

function stepOf({ name, clip, shards }: { name: string; clip: number | null; shards: boolean }): Graph {
  const found = shippedStage("vlmo-base.vlmo", name);
  const stage = { ...found, batch: 512, micro: 256, optimizer: { ...found.optimizer, clip } };
  const capacity = new Map(stage.learn.map(({ head }) => [head.name, 8]));
  return lower(buildFinal(stage, { batch: 128, capacity, ranks: 2, shards }).graph, targets.torch);
}

describe.each([
  { name: "language", clip: null, shards: false },
  { name: "language", clip: 1, shards: true },
  ...(isLong
    ? [
        { name: "vision", clip: 1, shards: false },
        { name: "fusion", clip: null, shards: true },
      ]
    : []),
])("stage $name, clipped at $clip, optimizer state sharded: $shards", (row) => {
  const graph = stepOf(row);

  test("overlaps the first exchange of gradients with most of the backward pass", () => {
    const order = exchangesEarly(graph);
    expect(new Set(order)).toEqual(new Set(nodesOf(graph)));
    const begins = order.flatMap((node, i) => (sendsGradients(node) ? [i] : []));
    const [first = 0] = begins;
    const sent = new Set(begins.map((i) => order[i]));
    const waits = order.findIndex(({ inputs }) => inputs.some(({ node }) => sent.has(node)));
    expect(begins.length).toBeGreaterThan(3);
    expect(workOf(order.slice(first, waits)) / workOf(order)).toBeGreaterThan(0.7);
    expect(workOf(order.slice(waits))).toBe(0);
  });

  test.each([false, true])("does so in the Python text too, split into functions: %s", (parts) => {
    const lines = writeTorch(graph, { parts }).split("\n");
    const placesOf = (pattern: RegExp): number[] => lines.flatMap((line, i) => (pattern.test(line) ? [i] : []));
    const begun = placesOf(/= collective\.(all_reduce_coalesced\(.*, .*768\]|reduce_scatter_tensor\()/);
    const names = begun.flatMap((i) => /^ *([v\d, ]+) = collective/.exec(lines[i] ?? "")?.[1]?.split(", ") ?? []);
    const waited = new Set(names.map((name) => `${name} = collective.wait_tensor(${name})`));
    const waits = lines.flatMap((line, i) => (waited.has(line.trim()) ? [i] : []));
    expect(begun.length).toBeGreaterThan(3);
    expect(waits).toHaveLength(names.length);
    expect(Math.max(...begun)).toBeLessThan(Math.min(...waits));
    if (!parts) return;
    const calls = placesOf(/= part\d+\(/).filter((i) => i > Math.min(...begun) && i < Math.max(...begun));
    expect(calls.length).toBeGreaterThan(8);
  });
});
