// The parameters of a model with heads, listed once: the same list is asked for by reachability, selectors, hand-over
// and the plan. Keyed by the objects themselves, which never change.
import { rolePath, type ParameterSpec } from "../spec/parameter.js";
import { bodyParameters, withHeads } from "../spec/parameters.js";
import type { HeadSpec, ModelSpec } from "../spec/spec.js";
import { remembered } from "./remembered.js";

interface Listed {
  readonly body: readonly ParameterSpec[];
  lists: readonly { readonly heads: readonly HeadSpec[]; readonly list: readonly ParameterSpec[] }[];
}

const known = new WeakMap<ModelSpec, Listed>();
const names = new WeakMap<readonly ParameterSpec[], ReadonlyMap<string, ParameterSpec>>();
const roles = new WeakMap<readonly ParameterSpec[], ReadonlyMap<string, readonly ParameterSpec[]>>();

/** `parametersOf`, remembered for as long as the model lives. */
export function parameterList(model: ModelSpec, heads: readonly HeadSpec[]): readonly ParameterSpec[] {
  const listed = remembered(known, model, () => ({ body: bodyParameters(model), lists: [] }));
  const found = listed.lists.find(
    (entry) => entry.heads.length === heads.length && entry.heads.every((head, i) => head === heads[i]),
  );
  if (found !== undefined) return found.list;
  const list = withHeads(model, heads, listed.body);
  listed.lists = [...listed.lists.slice(-15), { heads: [...heads], list }];
  return list;
}

/** The parameters of a list by their names. */
export function byName(list: readonly ParameterSpec[]): ReadonlyMap<string, ParameterSpec> {
  return remembered(names, list, () => new Map(list.map((parameter) => [parameter.name, parameter])));
}

/** The parameters of a list by their leaf of the role tree, `experts.vision`. */
export function byRole(list: readonly ParameterSpec[]): ReadonlyMap<string, readonly ParameterSpec[]> {
  return remembered(roles, list, () => {
    const groups = new Map<string, ParameterSpec[]>();
    for (const parameter of list) {
      const path = rolePath(parameter.role);
      const group = groups.get(path);
      if (group === undefined) groups.set(path, [parameter]);
      else group.push(parameter);
    }
    return groups;
  });
}
