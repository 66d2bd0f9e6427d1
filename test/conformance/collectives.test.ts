// Collectives: their gradients are those of the sum of all ranks' losses, by central differences, and PyTorch's processes
// compute what `reference` does in lock-step.
import { expect, test } from "vitest";
import {
  collectives,
  createGraph,
  gradientsOf,
  input,
  parse,
  print,
  type CollectiveName,
  type Graph,
  type Shape,
} from "../../compiler/index.js";
import { add, mul } from "../../compiler/ops/elementwise.js";
import { total } from "../../compiler/ops/structure.js";
import type { Engine } from "../../runtime/engines/index.js";
import { createReferenceRanks } from "../../runtime/engines/reference.js";
import type { Tensor, Tensors } from "../../runtime/tensor.js";
import { drawFrom } from "../support/draw.js";
import { evaluate, expectClose } from "../support/evaluate.js";
import { isLong } from "../support/long.js";
import { hasTorch, openTorchRanks } from "../support/torch.js";

const ranks = 2;

/** The inputs of a rank, by op. */
const shapes: Readonly<Record<CollectiveName, readonly Shape[]>> = {
  allGather: [[3, 2]],
  reduceScatter: [[4, 3]],
  allReduce: [[2, 3], [], [5]],
};
const names = Object.keys(shapes) as CollectiveName[]; // typed by the table

/** A rank's loss, Σ w·y² over the results `y0`, … with weights per rank, and the gradients of its inputs `x0`, …. */
function graphOf(op: CollectiveName): Graph {
  const float = (name: string, shape: Shape) => input(name, "batch", { dtype: "float32", shape });
  const xs = shapes[op].map((shape, i) => float(`x${i}`, shape));
  const values = xs.map(({ value }) => value);
  const results = op === "allReduce" ? collectives.allReduce(values, {}) : collectives[op](values, { ranks });
  const ws = results.map(({ type }, i) => float(`w${i}`, type.shape));
  const losses = results.map((value, i) => total(mul(mul(value, value), ws[i]?.value ?? value)));
  const loss = losses.reduce((a, b) => add(a, b));
  const gradients = gradientsOf(loss, values);
  const outputs = new Map([["loss", loss], ...results.map((value, i) => [`y${i}`, value] as const)]);
  for (const [i, value] of values.entries()) outputs.set(`grad.x${i}`, gradients.get(value) ?? value);
  return createGraph(op, [...xs, ...ws], outputs);
}

function inputsOf(graph: Graph, rank: number): Map<string, Tensor> {
  const { floats } = drawFrom("collectives", `${graph.name} ${rank}`);
  return new Map(graph.inputs.map(({ name, value }) => [name, floats(value.type.shape)]));
}

const onAll = (engines: readonly Engine[], graph: Graph, given: readonly Tensors[]): Promise<Map<string, Tensor>[]> =>
  Promise.all(engines.map((engine, rank) => evaluate(engine, graph, given[rank] ?? new Map())));

test.each(names)("the gradient of %s is that of the loss summed over all ranks", async (op) => {
  const graph = graphOf(op);
  const engines = createReferenceRanks(ranks);
  const given = engines.map((_, rank) => inputsOf(graph, rank));
  const gradients = await onAll(engines, graph, given);
  const lossOf = async (): Promise<number> => {
    const results = await onAll(engines, graph, given);
    return results.reduce((sum, each) => sum + (each.get("loss")?.data[0] ?? NaN), 0);
  };
  for (const [rank, tensors] of given.entries()) {
    for (const name of [...tensors.keys()].filter((each) => each.startsWith("x"))) {
      const x = tensors.get(name);
      if (x === undefined) continue;
      for (const element of x.data.keys()) {
        const step = 1e-3;
        const moved = async (by: number): Promise<number> => {
          const data = Float64Array.from(x.data);
          data[element] = (data[element] ?? 0) + by;
          tensors.set(name, { ...x, data });
          return lossOf();
        };
        const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
        tensors.set(name, x);
        expect(gradients[rank]?.get(`grad.${name}`)?.data[element]).toBeCloseTo(slope, 6);
      }
    }
  }
});

test.each(names)("%s prints and parses back", (op) => {
  const text = print(graphOf(op));
  const parsed = parse(text);
  expect(parsed.ok && print(parsed.graph)).toBe(text);
});

test.runIf(hasTorch && isLong)(
  "PyTorch's processes compute what `reference` does",
  async () => {
    const engines = await openTorchRanks(ranks);
    for (const graph of names.map(graphOf)) {
      const given = engines.map((_, rank) => inputsOf(graph, rank));
      const [expected, found] = [
        await onAll(createReferenceRanks(ranks), graph, given),
        await onAll(engines, graph, given),
      ];
      for (const [rank, results] of expected.entries())
        for (const [name, wanted] of results)
          expectClose(found[rank]?.get(name), wanted, { absolute: 1e-6, relative: 2e-6 });
    }
    engines.forEach((engine) => engine.dispose());
  },
  60_000,
);
