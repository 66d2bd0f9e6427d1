// What one stage hands to the next: for every tensor of the new stage, whether it is kept, resized by a named rule,
// newly initialised, or cannot be had. Pure bookkeeping over two lists of parameters; messages are made by its callers.
import { weightsFileOf } from "../heads/index.js";
import { sameShape } from "../ir/types.js";
import { positionTable } from "../positions/index.js";
import { predecessorOf } from "./predecessors.js";
import type { ParameterGroup, ParameterSpec } from "./parameter.js";
import type { HeadSpec, ModelSpec, ResizeRule, Spec, StageSpec } from "./spec.js";
import { cutText, cutToFirstRows, type TableResize } from "./resize.js";
import { groupsOfHead, parameterGroups, parametersOf, parametersIn } from "./parameter-list.js";

/** Where the initial value of a stage's tensor comes from. */
export type HandOver =
  | { readonly how: "kept" }
  | { readonly how: "resized"; readonly by: ResizeRule; readonly rule: string }
  | { readonly how: "new" }
  /** No stage before has trained it, so that its shape may change. */
  | { readonly how: "reset" }
  | { readonly how: "missing" }
  | { readonly how: "misshapen"; readonly before: ParameterSpec };

/** Names of tensors that may have been trained. */
export interface Trained {
  has(name: string): boolean;
}

/** The stage before. `trained`: names that any stage up to it trained, or all where it comes from a file. */
export interface Predecessor {
  readonly model: ModelSpec;
  readonly heads: readonly HeadSpec[];
  readonly trained: Trained | "all";
}

/** The stage that takes over. */
export interface Successor {
  readonly model: ModelSpec;
  readonly heads: readonly HeadSpec[];
}

/** What a stage takes over: the stage that it comes from, and the fate of every tensor. */
export interface StageHandOver {
  readonly before: StageSpec;
  readonly fates: ReadonlyMap<string, HandOver>;
  /** Tensors of the stage before that this one does not hold. */
  readonly leftBehind: readonly ParameterSpec[];
}

/** The hand-over to a stage that comes from another one of the specification: what `plan` shows and `train` does. */
export function stageHandOver(stage: StageSpec, spec: Pick<Spec, "stages">): StageHandOver | null {
  const before = predecessorOf(stage, spec);
  if (before === undefined) return null;
  const predecessor = { model: before.model, heads: before.heads, trained: trainedUpTo(before, spec) };
  const successor = { model: stage.model, heads: stage.heads };
  return { before, fates: handOver(predecessor, successor), leftBehind: leftBehind(predecessor, successor) };
}

/** Names trained by a stage or one before it; all where the first of them comes from a file. */
function trainedUpTo(stage: StageSpec, spec: Pick<Spec, "stages">): ReadonlySet<string> | "all" {
  const names = new Set<string>();
  for (let next: StageSpec | undefined = stage; next !== undefined;) {
    next.trained.forEach((name) => names.add(name));
    if (next.from.kind === "checkpoint") return "all";
    next = predecessorOf(next, spec);
  }
  return names;
}

/** The fate of every tensor of `successor`, by name, in the order of `parametersOf`. */
export function handOver(predecessor: Predecessor, successor: Successor): Map<string, HandOver> {
  const fates = new Map<string, HandOver>();
  for (const { name } of parametersOf(successor.model, successor.heads)) fates.set(name, kept);
  eachChange(predecessor, successor, ({ name }, fate) => fates.set(name, fate));
  return fates;
}

/** Calls `see` with the tensors of `successor` and their fates, but for groups that `predecessor` holds just so. */
export function eachChange(
  predecessor: Predecessor,
  successor: Successor,
  see: (parameter: ParameterSpec, fate: HandOver) => void,
): void {
  const before = new Set(parameterGroups(predecessor.model, predecessor.heads));
  const now = new Set(parameterGroups(successor.model, successor.heads));
  const old = new Map(unlike(before, now).map((parameter) => [parameter.name, parameter]));
  for (const parameter of unlike(now, before)) {
    const same = old.get(parameter.name);
    see(
      parameter,
      same === undefined ? initialised(parameter, predecessor) : changed(parameter, same, predecessor, successor),
    );
  }
}

/** Tensors of `predecessor` that `successor` does not hold, in the order of `parametersOf`: what is learnt in them is lost. */
export function leftBehind(predecessor: Predecessor, successor: Successor): ParameterSpec[] {
  const before = new Set(parameterGroups(predecessor.model, predecessor.heads));
  const now = new Set(parameterGroups(successor.model, successor.heads));
  // Names are unique in a model, so that those of groups that both hold need not be looked at.
  const names = new Set(unlike(now, before).map(({ name }) => name));
  return unlike(before, now).filter(({ name }) => !names.has(name));
}

/** The parameters of those groups that the other side does not hold, or holds with another meaning. */
function unlike(groups: ReadonlySet<ParameterGroup>, others: ReadonlySet<ParameterGroup>): ParameterSpec[] {
  return parametersIn([...groups].filter((group) => group.path === "position" || !others.has(group)));
}

const kept: HandOver = { how: "kept" };

/** What there is of a model: layers, and the modalities that it embeds. */
export interface Held {
  readonly layers: number;
  readonly image: boolean;
  readonly text: boolean;
}

/** What a later stage may initialise newly: heads, experts, and the embedding of a modality that was not there. */
export function mayBeNew({ name, role }: ParameterSpec, held: Held): boolean {
  const table = positionTable(name);
  return (
    role.part === "heads" ||
    (role.part === "experts" && role.layer <= held.layers) ||
    name === "embed.image.mask" ||
    name === "embed.text.unread_positions" ||
    (role.part === "embed.text" && !held.text) ||
    (role.part === "embed.image" && !held.image) ||
    (table !== undefined && table.of !== "all" && !held[table.of])
  );
}

function initialised(parameter: ParameterSpec, { model: { layers, image, text } }: Predecessor): HandOver {
  return { how: mayBeNew(parameter, { layers, image: image !== null, text: text !== null }) ? "new" : "missing" };
}

function changed(now: ParameterSpec, old: ParameterSpec, predecessor: Predecessor, successor: Successor): HandOver {
  if (sameShape(now.shape, old.shape)) return moved(now, predecessor, successor);
  const resized = resizeRule(now, old, predecessor, successor);
  if (resized !== null) return resized;
  const untouched = predecessor.trained !== "all" && !predecessor.trained.has(now.name);
  return untouched && now.role.part !== "experts" ? { how: "reset" } : { how: "misshapen", before: old };
}

/** Equal in size, but not always in meaning. */
function moved(now: ParameterSpec, predecessor: Predecessor, successor: Successor): HandOver {
  const same = positionTable(now.name)?.meansSame?.(predecessor.model, successor.model) ?? true;
  return same ? kept : { how: "misshapen", before: now };
}

/** How tables that are not of positions change their sizes. */
const otherTables: Readonly<Record<string, TableResize>> = {
  // Only where `resize: channels` asks for it: between stages that is an error.
  "embed.image.patch.weight": { rule: "channels", resized: () => null },
  "embed.text.unread_positions": cutToFirstRows,
  "embed.type.weight": {
    rule: "types",
    resized: (_from, _to, rows) => cutText(rows) ?? "new rows copy the first image's",
  },
};

/** The rule by which a tensor may become one of another size; undefined where there is none. */
export function resizeRuleOf(name: string): ResizeRule | undefined {
  return tableNamed(name)?.rule;
}

function tableNamed(name: string): TableResize | undefined {
  return positionTable(name) ?? (Object.hasOwn(otherTables, name) ? otherTables[name] : undefined);
}

function resizeRule(
  now: ParameterSpec,
  old: ParameterSpec,
  predecessor: Predecessor,
  successor: Successor,
): HandOver | null {
  const [to = 0, columns = 0] = now.shape;
  const [from = 0, oldColumns = 0] = old.shape;
  const table = tableNamed(now.name);
  if (columns !== oldColumns || table === undefined) return null;
  const rule = table.resized(predecessor.model, successor.model, { from, to });
  return rule === null ? null : { how: "resized", by: table.rule, rule };
}

/** Heads of the predecessor that still fit the successor's model; the others are left behind. What a file holds is not kept. */
export function keptHeads(predecessor: Pick<StageSpec, "model" | "heads">, model: ModelSpec): HeadSpec[] {
  const heads = predecessor.heads.filter((head) => weightsFileOf(head) === null);
  if (predecessor.model === model) return heads;
  const fits = (head: HeadSpec): boolean => {
    const [before, now] = [
      parametersIn(groupsOfHead(predecessor.model, head)),
      parametersIn(groupsOfHead(model, head)),
    ];
    // The same head holds tensors of the same names, in the same order.
    return before.every(({ shape }, i) => sameShape(shape, now[i]?.shape ?? []));
  };
  const misfits = new Set(heads.filter((head) => !fits(head)).map(({ name }) => name));
  return heads.filter(({ parametersOf: owner }) => !misfits.has(owner));
}
