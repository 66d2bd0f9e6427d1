// The parameters of a model with heads, memoized: reachability, selectors, hand-over and the plan all need the same
// list. Keyed by the objects themselves, which never change.
import type { ParameterGroup, ParameterSpec } from "./parameter.js";
import { ruleOf } from "../heads/index.js";
import { bodyGroups, groupsIn, imageGroups } from "./parameters.js";
import type { HeadSpec, ModelSpec, StageSpec } from "./spec.js";
import { memoized } from "./memoize.js";

type Groups = readonly ParameterGroup[];

interface Listed {
  readonly body: Groups;
  readonly heads: WeakMap<HeadSpec, Groups>;
  lists: readonly { readonly heads: readonly HeadSpec[]; readonly groups: Groups }[];
}

const known = new WeakMap<ModelSpec, Listed>();
const flat = new WeakMap<Groups, readonly ParameterSpec[]>();
const paths = new WeakMap<Groups, ReadonlyMap<string, Groups>>();

/** Every parameter of `model` with the given heads, in a stable order: embeddings, layers bottom to top, heads. */
export function parametersOf(model: ModelSpec, heads: readonly HeadSpec[]): readonly ParameterSpec[] {
  const groups = parameterGroups(model, heads);
  return memoized(flat, groups, () => parametersIn(groups));
}

/** The same in groups, which suffice for most questions: there are a fifth as many. */
export function parameterGroups(model: ModelSpec, heads: readonly HeadSpec[]): Groups {
  const listed = listedOf(model);
  const found = listed.lists.find(
    (entry) => entry.heads.length === heads.length && entry.heads.every((head, i) => head === heads[i]),
  );
  if (found !== undefined) return found.groups;
  const own = heads.flatMap((head) => groupsOfHead(model, head));
  const masksPatches = heads.some((head) => ruleOf(head).mask?.(head).of === "image");
  const groups = [...imageGroups(model, masksPatches), ...listed.body, ...own];
  listed.lists = [...listed.lists.slice(-15), { heads: [...heads], groups }];
  return groups;
}

/** The parameters of a head itself. */
export function groupsOfHead(model: ModelSpec, head: HeadSpec): Groups {
  return memoized(listedOf(model).heads, head, () => headGroups(model, head));
}

/** A head that shares parameters has none of its own. */
function headGroups(model: ModelSpec, head: HeadSpec): ParameterGroup[] {
  if (head.parametersOf !== head.name) return [];
  const { name } = head;
  return groupsIn(
    model,
    ruleOf(head).parameters(model, head, { prefix: `heads.${name}`, role: { part: "heads", head: name } }),
  );
}

function listedOf(model: ModelSpec): Listed {
  return memoized(known, model, () => ({ body: bodyGroups(model), heads: new WeakMap(), lists: [] }));
}

/** The parameters of some groups, concatenated. */
export function parametersIn(groups: Iterable<ParameterGroup>): ParameterSpec[] {
  const all: ParameterSpec[] = [];
  for (const { parameters } of groups) all.push(...parameters);
  return all;
}

/** Groups by their leaf of the role tree, `experts.vision`. */
export function byRole(groups: Groups): ReadonlyMap<string, Groups> {
  return memoized(paths, groups, () => {
    const roles = new Map<string, ParameterGroup[]>();
    for (const group of groups) {
      const same = roles.get(group.path);
      if (same === undefined) roles.set(group.path, [group]);
      else same.push(group);
    }
    return roles;
  });
}

/** The heads that a stage uses: those it learns, those whose codes they predict, and the owners of shared parameters. */
export function ownHeads(stage: StageSpec): HeadSpec[] {
  const learnt = stage.learn.map(({ head }) => head);
  const coders = learnt.flatMap((head) => ruleOf(head).codesFrom?.(head) ?? []);
  const owners = new Set([...learnt, ...coders].map(({ parametersOf: owner }) => owner));
  const others = stage.heads.filter(({ name }) => owners.has(name) && !learnt.some((head) => head.name === name));
  return [...others, ...learnt];
}
