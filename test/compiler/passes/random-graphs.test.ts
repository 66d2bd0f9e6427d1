// Every pass on partially read random graphs and on their gradients: the same values in float64.
import { expect, test } from "vitest";
import { createGraph, type Value } from "../../../compiler/index.js";
import { gather } from "../../../compiler/ops/indexing.js";
import { constant, slice } from "../../../compiler/ops/structure.js";
import { forwardPasses, loweringPasses, programPasses, runPasses } from "../../../compiler/passes/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { stream } from "../../../runtime/random.js";
import { evaluate, expectClose } from "../../support/evaluate.js";
import { randomGraph } from "../../support/random-graph.js";
import { withGradients } from "./small-graphs.js";

const engine = createReference();
const seeds = Array.from({ length: 60 }, (_, i) => i);

test.each(seeds)("random graph %d has the same values after all passes", async (seed) => {
  const { graph: whole, tensors, inputs } = randomGraph(seed, 14);
  const [y] = whole.outputs.values();
  if (y === undefined) throw new Error("no output");
  const before = createGraph("part", inputs, new Map([["y", part(y, seed)]]));
  const trained = new Set(inputs.map(({ name }) => name));
  const after = runPasses(before, forwardPasses(trained));
  const plain = withGradients(before, inputs);
  const passed = runPasses(withGradients(after, inputs), [...programPasses, ...loweringPasses(() => () => false)]);
  const [wanted, got] = [await evaluate(engine, plain, tensors), await evaluate(engine, passed, tensors)];
  expect([...got.keys()]).toEqual([...wanted.keys()]);
  for (const [name, tensor] of wanted) expectClose(got.get(name), tensor, { absolute: 1e-12, relative: 1e-11 });
});

/** A slice or gathered rows of `y`, as heads read hidden states. */
function part(y: Value, seed: number): Value {
  const random = stream(seed, "part");
  const { shape } = y.type;
  const axis = random.integer(Math.max(1, shape.length));
  const size = shape[axis] ?? 1;
  if (shape.length === 0) return y;
  if (random.chance(0.5)) return slice(y, axis, 0, 1 + random.integer(size));
  return gather(
    y,
    constant(
      [2],
      Int32Array.from({ length: 2 }, () => random.integer(shape[0] ?? 1)),
    ),
  );
}
