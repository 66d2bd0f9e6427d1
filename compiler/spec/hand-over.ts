// What one stage hands over to the next: whether each tensor of the new stage is kept, resized by a named rule, newly
// initialised, or missing. Pure bookkeeping on two lists of parameters; the callers make the messages.
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
  /** No earlier stage has trained it, so that its shape may change. */
  | { readonly how: "reset" }
  | { readonly how: "missing" }
  | { readonly how: "misshapen"; readonly before: ParameterSpec };

/** Names of tensors that may have been trained. */
export interface Trained {
  has(name: string): boolean;
}

/**
 * The previous stage. `trained`: names trained by it or any stage before it, or all if the first of them starts from a
 * file.
 */
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
  /** Tensors of the previous stage that this one does not hold. */
  readonly leftBehind: readonly ParameterSpec[];
}

/** The hand-over to a stage that comes from another one of the specification, as shown by `plan` and performed by `train`. */
export function stageHandOver(stage: StageSpec, spec: Pick<Spec, "stages">): StageHandOver | null {
  const before = predecessorOf(stage, spec);
  if (before === undefined) return null;
  const predecessor = { model: before.model, heads: before.heads, trained: trainedUpTo(before, spec) };
  const successor = { model: stage.model, heads: stage.heads };
  return { before, fates: handOver(predecessor, successor), leftBehind: leftBehind(predecessor, successor) };
}

/** Names trained by a stage or one before it; all if the first of them starts from a file. */
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

/** Calls `see` with the tensors of `successor` and their fates, except for groups that both stages hold unchanged. */
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

/** Tensors of `predecessor` that `successor` does not hold, in the order of `parametersOf`: what they have learnt is lost. */
export function leftBehind(predecessor: Predecessor, successor: Successor): ParameterSpec[] {
  const before = new Set(parameterGroups(predecessor.model, predecessor.heads));
  const now = new Set(parameterGroups(successor.model, successor.heads));
  // Names are unique in a model, so that groups in both stages need not be compared.
  const names = new Set(unlike(now, before).map(({ name }) => name));
  return unlike(before, now).filter(({ name }) => !names.has(name));
}

/**
 * The parameters of those groups that the other side does not hold, or holds in another form; positions always, since
 * equal tables may differ in meaning.
 */
function unlike(groups: ReadonlySet<ParameterGroup>, others: ReadonlySet<ParameterGroup>): ParameterSpec[] {
  return parametersIn([...groups].filter((group) => group.path === "position" || !others.has(group)));
}

const kept: HandOver = { how: "kept" };

/** What a model has: the number of its layers, and the modalities that it embeds. */
export interface Held {
  readonly layers: number;
  readonly image: boolean;
  readonly text: boolean;
}

/** Whether a later stage may newly initialise a parameter: of heads, experts, and the embedding of a modality that is new. */
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

/** Tensors of equal shape: kept, unless their rows have another meaning. */
function moved(now: ParameterSpec, predecessor: Predecessor, successor: Successor): HandOver {
  const same = positionTable(now.name)?.meansSame?.(predecessor.model, successor.model) ?? true;
  return same ? kept : { how: "misshapen", before: now };
}

/** How tables other than positions are resized. */
const otherTables: Readonly<Record<string, TableResize>> = {
  // Only for `resize: channels`; between stages a change of channels is an error.
  "embed.image.patch.weight": { rule: "channels", resized: () => null },
  "embed.text.unread_positions": cutToFirstRows,
  "embed.type.weight": {
    rule: "types",
    resized: (_from, _to, rows) => cutText(rows) ?? "new rows copy the first image's",
  },
};

/** The rule by which a tensor may be resized; undefined if there is none. */
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

/**
 * Heads of the predecessor that still fit the successor's model; the others are left behind. Heads whose weights come
 * from a file are not kept.
 */
export function keptHeads(predecessor: Pick<StageSpec, "model" | "heads">, model: ModelSpec): HeadSpec[] {
  const heads = predecessor.heads.filter((head) => weightsFileOf(head) === null);
  if (predecessor.model === model) return heads;
  const fits = (head: HeadSpec): boolean => {
    const [before, now] = [
      parametersIn(groupsOfHead(predecessor.model, head)),
      parametersIn(groupsOfHead(model, head)),
    ];
    // The same head has tensors of the same names, in the same order.
    return before.every(({ shape }, i) => sameShape(shape, now[i]?.shape ?? []));
  };
  const misfits = new Set(heads.filter((head) => !fits(head)).map(({ name }) => name));
  return heads.filter(({ parametersOf: owner }) => !misfits.has(owner));
}
