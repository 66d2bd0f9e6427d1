// ONNX Runtime against the reference engine: every op forward, and every gradient graph, both ways to reach it.
import { afterAll, describe, test } from "vitest";
import { definitionOf } from "../../compiler/index.js";
import { createReference } from "../../runtime/engines/reference.js";
import { createOrt } from "../../runtime/engines/ort/engine.js";
import { evaluate, expectClose } from "../support/evaluate.js";
import { forwardGraph, gradientGraph, tensorsOf, type Case } from "./case.js";
import { cases } from "./cases.js";

const reference = createReference();
const ort = await createOrt({ threads: 1, backend: null });
afterAll(() => ort.dispose());

/** float32 has 24 bits; sums of a few dozen terms lose three of them at most. */
const tolerance = { absolute: 1e-6, relative: 2e-6 };

const rows = cases.map((row) => [row.title, row] as const);
const throughExpansion = ({ op }: Case): boolean => {
  const definition = definitionOf(op);
  return definition.kind === "composite" && definition.gradient === "expand";
};

describe("results are the reference's", () => {
  test.each(rows)("%s", async (_, row) => {
    const tensors = tensorsOf(row);
    const graph = forwardGraph(row);
    const [actual, wanted] = [await evaluate(ort, graph, tensors), await evaluate(reference, graph, tensors)];
    for (const [name, tensor] of wanted) expectClose(actual.get(name), tensor, tolerance);
  });
});

describe("gradients are the reference's", () => {
  const graphs = rows.map(([title, row]) => [title, row, gradientGraph(row, throughExpansion(row))] as const);
  test.each(graphs.filter(([, , graph]) => graph.outputs.size > 0))("%s", async (_, row, graph) => {
    const tensors = tensorsOf(row);
    const [actual, wanted] = [await evaluate(ort, graph, tensors), await evaluate(reference, graph, tensors)];
    for (const [name, tensor] of wanted) expectClose(actual.get(name), tensor, tolerance);
  });
});
