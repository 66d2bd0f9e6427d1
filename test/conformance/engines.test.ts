// Every engine against `reference`: each op forward, each gradient, and random graphs.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGraph, definitionOf, gradientsOf, type Graph } from "../../compiler/index.js";
import type { Engine } from "../../runtime/engines/index.js";
import { createReference } from "../../runtime/engines/reference.js";
import type { Tensors } from "../../runtime/tensor.js";
import { evaluate, expectClose } from "../support/evaluate.js";
import { randomGraph } from "../support/random-graph.js";
import { forwardGraph, gradientGraph, tensorsOf, type Case } from "./case.js";
import { cases } from "./cases.js";
import { conforming } from "./engines.js";

const reference = createReference();

const throughExpansion = ({ op }: Case): boolean => {
  const definition = definitionOf(op);
  return definition.kind === "composite" && definition.gradient === "expand";
};

type Row = readonly [title: string, graph: Graph, tensors: Tensors];

const forward = cases.map((row): Row => [row.title, forwardGraph(row), tensorsOf(row)]);
const backward = cases
  .map((row): Row => [row.title, gradientGraph(row, throughExpansion(row)), tensorsOf(row)])
  .filter(([, graph]) => graph.outputs.size > 0);
const random = Array.from({ length: 20 }, (_, seed): Row => {
  const { graph, tensors, loss, inputs } = randomGraph(seed);
  const targets = inputs.filter(({ value }) => value.type.dtype === "float32");
  const cotangents = gradientsOf(
    loss,
    targets.map(({ value }) => value),
  );
  const outputs = new Map(graph.outputs);
  for (const { name, value } of targets) {
    const cotangent = cotangents.get(value);
    if (cotangent !== undefined) outputs.set(`d ${name}`, cotangent);
  }
  return [`random graph ${seed}`, createGraph(`random ${seed}`, inputs, outputs), tensors];
});

describe.each(conforming)("$title", ({ open, tolerance, oracle = (graph: Graph) => graph }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.dispose());

  const same = async (graph: Graph, tensors: Tensors): Promise<void> => {
    const [actual, wanted] = [
      await evaluate(engine, graph, tensors),
      await evaluate(reference, oracle(graph), tensors),
    ];
    expect([...actual.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [name, tensor] of wanted) expectClose(actual.get(name), tensor, tolerance);
  };

  describe("agrees with the reference in results", () => {
    test.each(forward)("%s", (_, graph, tensors) => same(graph, tensors));
  });

  describe("agrees with the reference in gradients", () => {
    test.each(backward)("%s", (_, graph, tensors) => same(graph, tensors));
  });

  describe("agrees with the reference in random graphs with gradients", () => {
    test.each(random)("%s", (_, graph, tensors) => same(graph, tensors));
  });
});
