// Programs exported for Model Explorer: its format, complete, grouped as the model is.
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  buildForward,
  buildStep,
  explorerData,
  explorerGraph,
  parametersOf,
  type ExplorerCollection,
  type Graph,
} from "../../../compiler/index.js";
import { graphFlops } from "../../../compiler/passes/graph-flops.js";
import { isLong } from "../../support/long.js";
import { specOf, stageOf } from "../../support/specs.js";

/** The fields of Model Explorer's `input_graph.ts` that are written; no others may be. */
const keyValue = z.strictObject({ key: z.string().min(1), value: z.string() });
const collection = z.strictObject({
  label: z.string().min(1),
  graphs: z.array(
    z.strictObject({
      id: z.string().min(1),
      nodes: z.array(
        z.strictObject({
          id: z.string().min(1),
          label: z.string().min(1),
          namespace: z.string().regex(/^$|^[^/]+(\/[^/]+)*$/),
          attrs: z.array(keyValue),
          incomingEdges: z.array(
            z.strictObject({
              sourceNodeId: z.string(),
              sourceNodeOutputId: z.string().regex(/^\d+$/),
              targetNodeInputId: z.string().regex(/^\d+$/),
            }),
          ),
          outputsMetadata: z.array(z.strictObject({ id: z.string().regex(/^\d+$/), attrs: z.array(keyValue) })),
        }),
      ),
      groupNodeAttributes: z.record(z.string(), z.record(z.string(), z.string())),
    }),
  ),
});

/** The fields of Model Explorer's `node_data_builder.py`. */
const nodeData = z.record(
  z.string(),
  z.strictObject({
    name: z.string().min(1),
    results: z.record(z.string(), z.strictObject({ value: z.number().positive() })),
    gradient: z.array(z.strictObject({ stop: z.number().min(0).max(1), bgColor: z.string() })),
  }),
);

const sizes = { batch: 2, capacity: new Map<string, number>() };
const all = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => `specs/${name}`)
  .toSorted();
/** Small stages: the graphs of others take seconds to build. */
const files = isLong ? all : ["specs/quickstart.vlmo", "specs/examples/visual-tokens.vlmo"];

function graphsOf(file: string): Graph[] {
  const stages = [...specOf(file).stages.values()].filter((stage) => stage.span.file.path === file);
  return stages.map((stage) => buildForward(stage, sizes).graph);
}

function nodesOf({ graphs }: ExplorerCollection) {
  return graphs.flatMap(({ nodes }) => nodes);
}

/** Edges without a source. */
function dangling(of: ExplorerCollection): string[] {
  const outputs = new Set(
    nodesOf(of).flatMap(({ id, outputsMetadata }) => outputsMetadata.map((each) => `${id} ${each.id}`)),
  );
  const edges = nodesOf(of).flatMap(({ incomingEdges }) => incomingEdges);
  return edges.map((edge) => `${edge.sourceNodeId} ${edge.sourceNodeOutputId}`).filter((from) => !outputs.has(from));
}

describe("a graph for Model Explorer", () => {
  it.each(files)("has its format and is complete, for every stage of %s", { timeout: 600_000 }, (file) => {
    for (const graph of graphsOf(file)) {
      const written = explorerGraph(graph, "a program");
      const ids = nodesOf(written).map(({ id }) => id);
      expect(collection.safeParse(JSON.parse(JSON.stringify(written))).error).toBeUndefined();
      expect(new Set(ids).size).toBe(ids.length);
      expect(dangling(written)).toEqual([]);
      for (const data of explorerData(graph).values()) {
        expect(nodeData.safeParse(data).error).toBeUndefined();
        expect(Object.keys(data[graph.name]?.results ?? {}).filter((id) => !ids.includes(id))).toEqual([]);
      }
    }
  });
});

describe("the groups of a program", () => {
  const stage = stageOf(specOf("specs/quickstart.vlmo"), "pairs");
  const { graph } = buildStep(stage, sizes);
  const written = explorerGraph(graph, "pairs");
  const namespaces = [...new Set(nodesOf(written).map(({ namespace }) => namespace))];

  it("are passes, layers and the parts of a layer: the fusion expert is in the top two", () => {
    const pair = namespaces.filter((name) => /^pair\/pair\.image\.text_ids_mlm\/layer \d+\/\w+$/.test(name));
    expect(pair.map((name) => name.split("/").slice(2).join(" ")).toSorted()).toEqual([
      "layer 1 attention",
      "layer 1 language",
      "layer 1 vision",
      "layer 2 attention",
      "layer 2 language",
      "layer 2 vision",
      "layer 3 attention",
      "layer 3 fusion",
      "layer 4 attention",
      "layer 4 fusion",
    ]);
  });

  it("repeat those of the forward pass under `gradient`, beside heads, embeddings and the optimizer", () => {
    expect([...new Set(namespaces.map((name) => name.split("/")[0]))].toSorted()).toEqual(
      [
        "",
        "embed",
        "final_norm",
        "gradient",
        "heads",
        "image",
        "inputs",
        "optimizer",
        "outputs",
        "pair",
        "pooler",
        "text",
      ].toSorted(),
    );
    expect(namespaces).toContain("gradient/pair/match/layer 3/fusion");
  });

  it("add up to the FLOPs of the program and the parameters it reads", () => {
    const groups = written.graphs[0]?.groupNodeAttributes ?? {};
    const number = (text: string | undefined): number => Number(text?.replaceAll(",", ""));
    expect(number(groups[""]?.["FLOPs"])).toBe(graphFlops(graph));
    const read = new Set(graph.inputs.map(({ name }) => name));
    const parameters = parametersOf(stage.model, stage.heads).filter(({ name }) => read.has(name));
    expect(number(groups[""]?.["parameters"])).toBe(parameters.reduce((sum, { size }) => sum + size, 0));
  });

  it("colour matmuls, and each operation has its line of the specification", () => {
    const flops = explorerData(graph).get("flops")?.[graph.name]?.results ?? {};
    const coloured = nodesOf(written).filter(({ id }) => id in flops);
    expect([...new Set(coloured.map(({ label }) => label))]).toEqual([
      "linear",
      "matmul",
      "attention",
      "attentionGradient",
    ]);
    const expert = coloured.find(({ namespace }) => namespace.endsWith("layer 3/fusion"));
    expect(expert?.attrs.find(({ key }) => key === "source")?.value).toMatch(/^specs\/quickstart\.vlmo:\d+:\d+$/);
  });
});
