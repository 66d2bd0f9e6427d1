// Gradients of random graphs against central differences, in float64.
import { expect, test } from "vitest";
import { createGraph, gradientsOf } from "../../compiler/index.js";
import { createReference } from "../../runtime/engines/reference.js";
import { scalar } from "../../runtime/tensor.js";
import { centralDifferences } from "../support/differences.js";
import { evaluate, expectClose } from "../support/evaluate.js";
import { randomGraph } from "../support/random-graph.js";

const engine = createReference();
const seeds = Array.from({ length: 25 }, (_, i) => i);

test.each(seeds)("gradients of random graph %d agree with central differences", async (seed) => {
  const { graph, tensors, loss, inputs } = randomGraph(seed, 8);
  const targets = inputs.filter(({ value }) => value.type.dtype === "float32");
  const cotangents = gradientsOf(
    loss,
    targets.map(({ value }) => value),
  );
  const named = targets.flatMap(({ name, value }) => {
    const cotangent = cotangents.get(value);
    return cotangent === undefined ? [] : [[name, cotangent] as const];
  });
  expect(named.length).toBeGreaterThan(0);
  const results = await evaluate(engine, createGraph("gradients", inputs, new Map(named)), tensors);
  const alone = createGraph("loss", graph.inputs, new Map([["loss", loss]]));
  for (const [name, cotangent] of results) {
    const weights = new Map([["loss", scalar(1)]]);
    const measured = await centralDifferences(engine, alone, tensors, { name, weights });
    expectClose(cotangent, measured, { absolute: 1e-6, relative: 1e-5 });
  }
});
