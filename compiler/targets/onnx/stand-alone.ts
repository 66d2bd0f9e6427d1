// A model that contains its weights, with public names, for other programs.
import type { OnnxInitializer, OnnxModel } from "./proto.js";

/** Values of the inputs that become constants, by their public names; the others remain inputs. */
export type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/**
 * The model with these inputs as constants. `publicName` maps the name of an input or output to its public one; the
 * weights are keyed by the public names of the inputs that they replace.
 */
export function withWeights(model: OnnxModel, weights: Weights, publicName: (name: string) => string): OnnxModel {
  const { graph, opsets } = model;
  const { inputs, outputs, nodes } = graph;
  const borders = new Map([...inputs, ...outputs].map(({ name }) => [name, publicName(name)]));
  const renamed = (name: string): string => borders.get(name) ?? name;
  const held = inputs.flatMap(({ name }): OnnxInitializer[] => {
    const weight = weights.get(renamed(name));
    return weight === undefined ? [] : [{ name: renamed(name), dtype: "float32", ...weight }];
  });
  const isHeld = new Set(held.map(({ name }) => name));
  const named = <T extends { readonly name: string }>(value: T): T => ({ ...value, name: renamed(value.name) });
  const domains = new Set(nodes.map(({ domain = "" }) => domain));
  return {
    opsets: opsets.filter(({ domain }) => domains.has(domain)),
    graph: {
      ...graph,
      nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) })),
      inputs: inputs.map(named).filter(({ name }) => !isHeld.has(name)),
      outputs: outputs.map(named),
      initializers: [...held, ...graph.initializers],
    },
  };
}
