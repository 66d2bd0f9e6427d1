// Which layers a rehearsal keeps: enough of every run of equal layers that statements about them stay true.
import { roleLayer, type ParameterSpec } from "../spec/parameter.js";
import type { HeadSpec, ModelSpec, Spec } from "../spec/spec.js";

/** The layers that are kept of models of one depth, ascending: new layer `i + 1` is old layer `kept[i]`. */
export interface Depth {
  readonly kept: readonly number[];
  /** The new number of a kept layer; 0, the embeddings, stays 0. */
  readonly renumbered: (layer: number) => number;
}

/**
 * By number of layers. The first and the last layer of every run of layers with the same experts are kept ("top 2 of
 * 12" becomes "top 2 of 4"), and every layer that a feature names. Models of one depth keep the same layers, so that
 * stages can still hand over.
 */
export function depthsOf(spec: Pick<Spec, "stages" | "models">): ReadonlyMap<number, Depth> {
  const models = [...spec.models.values(), ...[...spec.stages.values()].map(({ model }) => model)];
  const named = new Set([...spec.stages.values()].flatMap(({ heads }) => heads.flatMap(layersNamed)));
  const depths = new Map<number, Depth>();
  for (const count of new Set(models.map(({ layers }) => layers))) {
    const equal = models.filter(({ layers }) => layers === count);
    const kept = Array.from({ length: count }, (_, i) => i + 1).filter(
      (layer) => named.has(layer) || isEdge(layer, count, equal),
    );
    depths.set(count, { kept, renumbered: (layer) => (layer === 0 ? 0 : kept.indexOf(layer) + 1) });
  }
  return depths;
}

function layersNamed({ features }: HeadSpec): number[] {
  return features.flatMap(({ layer }) => layer ?? []);
}

function isEdge(layer: number, count: number, models: readonly ModelSpec[]): boolean {
  const experts = (at: number): string => models.map((model) => expertsAt(model, at)).join(";");
  return (
    layer === 1 || layer === count || experts(layer) !== experts(layer - 1) || experts(layer) !== experts(layer + 1)
  );
}

function expertsAt({ experts }: ModelSpec, layer: number): string {
  return experts.flatMap(({ name, layers }) => (layers.includes(layer) ? name : [])).join();
}

/** The name, in the original model, of a parameter of the narrowed model. */
export function nameBefore({ name, role }: ParameterSpec, { kept }: Depth): string {
  const layer = roleLayer(role);
  const before = layer === null ? undefined : kept[layer - 1];
  return before === undefined ? name : name.replace(`layers.${layer}.`, `layers.${before}.`);
}
