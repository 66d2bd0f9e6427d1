// What the checker says a stage trains, against the built programs: exactly the trained parameters have gradients and
// moments, and an unreached parameter has no gradient even if all are trained.
import { describe, expect, test } from "vitest";
import {
  buildGradient,
  buildStep,
  buildUpdate,
  parametersOf,
  type Graph,
  type Program,
  type StageSpec,
} from "../../../compiler/index.js";
import { topological } from "../../../compiler/ir/graph.js";
import { isLong } from "../../support/long.js";
import { specOf } from "../../support/specs.js";

const files = [
  ...["test/fixtures/models/tiny.vlmo", "specs/parity.vlmo"],
  ...(isLong ? ["specs/quickstart.vlmo", "specs/nlvr.vlmo", "specs/vlmo-base.vlmo"] : []),
];

const stages = files.flatMap((file) =>
  [...specOf(file).stages.values()].map((stage) => ({ stage, title: `${stage.name} of ${file}` })),
);

const sizes = { batch: 4, capacity: new Map<string, number>() };

function built(build: (stage: StageSpec, given: typeof sizes) => Program, stage: StageSpec): Graph {
  const capacity = new Map(stage.learn.map(({ head }) => [head.name, 8]));
  return build(stage, { ...sizes, capacity }).graph;
}

/** Parameters whose gradient depends on the batch; a constant does not count as one. */
function withGradient(graph: Graph): string[] {
  const batch = new Set(graph.inputs.filter(({ role }) => role === "batch").map(({ value }) => value.node));
  return [...graph.outputs].flatMap(([name, value]) => {
    if (!name.startsWith("grad.")) return [];
    return topological([value]).some((node) => batch.has(node)) ? [name.slice("grad.".length)] : [];
  });
}

const sorted = (names: Iterable<string>): string[] => [...names].sort();

describe.each(stages)("$title", ({ stage }) => {
  const trained = sorted(stage.trained);
  const moments = sorted(trained.flatMap((name) => [`adam.m.${name}`, `adam.v.${name}`]));

  test("has gradients for its trained parameters only", () => {
    const graph = built(buildGradient, stage);
    expect(sorted(withGradient(graph))).toEqual(trained);
    expect([...graph.outputs.keys()].filter((name) => name.startsWith("grad."))).toHaveLength(trained.length);
  });

  test("has moments for its trained parameters only", () => {
    for (const build of [buildStep, buildUpdate]) {
      const graph = built(build, stage);
      const state = graph.inputs.filter(({ role, name }) => role === "state" && name.startsWith("adam."));
      expect(sorted(state.map(({ name }) => name))).toEqual(moments);
      expect(sorted(graph.outputs.keys()).filter((name) => name.startsWith("next."))).toEqual(
        sorted([...trained, ...moments].map((name) => `next.${name}`)),
      );
    }
  });

  test("with everything trained, has gradients for exactly the parameters its losses reach", () => {
    const all = parametersOf(stage.model, stage.heads).map(({ name }) => name);
    expect(sorted([...stage.trained, ...stage.frozen, ...stage.unreached])).toEqual(sorted(all));
    const graph = built(buildGradient, { ...stage, trained: new Set(all) });
    expect(sorted(withGradient(graph))).toEqual(sorted([...stage.trained, ...stage.frozen]));
  });
});
