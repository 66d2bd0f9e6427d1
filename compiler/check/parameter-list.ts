// The parameters of a model with heads, listed once: the same list is asked for by reachability, selectors, hand-over
// and the plan. Keyed by the objects themselves, which never change.
import { parametersOf, type ParameterSpec } from "../spec/parameters.js";
import type { HeadSpec, ModelSpec } from "../spec/spec.js";

const lists = new WeakMap<ModelSpec, { heads: readonly HeadSpec[]; list: readonly ParameterSpec[] }[]>();

/** `parametersOf`, remembered for as long as the model lives. */
export function parameterList(model: ModelSpec, heads: readonly HeadSpec[]): readonly ParameterSpec[] {
  const known = lists.get(model) ?? [];
  const found = known.find(
    (entry) => entry.heads.length === heads.length && entry.heads.every((head, i) => head === heads[i]),
  );
  if (found !== undefined) return found.list;
  const list = parametersOf(model, heads);
  lists.set(model, [...known.slice(-15), { heads: [...heads], list }]);
  return list;
}
