// What one stage hands to the next: for every tensor of the new stage, whether it is kept, resized by a named rule,
// newly initialised, or cannot be had. Pure bookkeeping over two lists of parameters; messages are made by its callers.
import { weightsFileOf } from "../heads/index.js";
import { sameShape } from "../ir/types.js";
import type { ParameterGroup, ParameterSpec } from "./parameter.js";
import { patchesPerSide } from "./geometry.js";
import type { HeadSpec, ModelSpec, ResizeRule, Spec, StageSpec } from "./spec.js";
import { groupsOfHead, parameterGroups, parametersOf, parametersIn } from "./parameter-list.js";

/** How a tensor of a stage begins. */
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

/** The side that gives. `trained`: names that any stage up to it trained, or all where a file was its beginning. */
export interface Giver {
  readonly model: ModelSpec;
  readonly heads: readonly HeadSpec[];
  readonly trained: Trained | "all";
}

/** The side that takes. */
export interface Taker {
  readonly model: ModelSpec;
  readonly heads: readonly HeadSpec[];
}

/** What a stage begins with: the stage that it comes from, and the fate of every tensor. */
export interface StageHandOver {
  readonly before: StageSpec;
  readonly fates: ReadonlyMap<string, HandOver>;
  /** Tensors of the stage before that this one has no place for. */
  readonly leftBehind: readonly ParameterSpec[];
}

/** The hand-over to a stage that comes from another one of the specification: what `plan` shows and `train` does. */
export function stageHandOver(stage: StageSpec, spec: Pick<Spec, "stages">): StageHandOver | null {
  const before = stage.from.kind === "stage" ? spec.stages.get(stage.from.name) : undefined;
  if (before === undefined) return null;
  const giver = { model: before.model, heads: before.heads, trained: trainedUpTo(before, spec) };
  const taker = { model: stage.model, heads: stage.heads };
  return { before, fates: handOver(giver, taker), leftBehind: leftBehind(giver, taker) };
}

/** Names trained by a stage or one before it; all where a file was the beginning. */
function trainedUpTo(stage: StageSpec, spec: Pick<Spec, "stages">): ReadonlySet<string> | "all" {
  const names = new Set<string>();
  for (let next: StageSpec | undefined = stage; next !== undefined;) {
    next.trained.forEach((name) => names.add(name));
    if (next.from.kind === "checkpoint") return "all";
    next = next.from.kind === "stage" ? spec.stages.get(next.from.name) : undefined;
  }
  return names;
}

/** The fate of every tensor of `taker`, by name, in the order of `parametersOf`. */
export function handOver(giver: Giver, taker: Taker): Map<string, HandOver> {
  const fates = new Map<string, HandOver>();
  for (const { name } of parametersOf(taker.model, taker.heads)) fates.set(name, kept);
  eachChange(giver, taker, ({ name }, fate) => fates.set(name, fate));
  return fates;
}

/** Calls `see` with the tensors of `taker` and their fates, but for groups that `giver` holds just so. */
export function eachChange(giver: Giver, taker: Taker, see: (parameter: ParameterSpec, fate: HandOver) => void): void {
  const before = new Set(parameterGroups(giver.model, giver.heads));
  const now = new Set(parameterGroups(taker.model, taker.heads));
  const old = new Map(unlike(before, now).map((parameter) => [parameter.name, parameter]));
  for (const parameter of unlike(now, before)) {
    const same = old.get(parameter.name);
    see(parameter, same === undefined ? initialised(parameter, giver) : carried(parameter, same, giver, taker));
  }
}

/** Tensors of `giver` that `taker` has no place for, in the order of `parametersOf`: what is learnt in them is lost. */
export function leftBehind(giver: Giver, taker: Taker): ParameterSpec[] {
  const now = new Set(parametersOf(taker.model, taker.heads).map(({ name }) => name));
  return parametersOf(giver.model, giver.heads).filter(({ name }) => !now.has(name));
}

/** The parameters of those groups that the other side does not hold, or holds with another meaning. */
function unlike(groups: ReadonlySet<ParameterGroup>, others: ReadonlySet<ParameterGroup>): ParameterSpec[] {
  return parametersIn([...groups].filter((group) => group.path === "position" || !others.has(group)));
}

const kept: HandOver = { how: "kept" };

/** What may begin in a later stage: heads, experts, and the embedding of a modality that was not there. */
function initialised({ name, role }: ParameterSpec, giver: Giver): HandOver {
  const free =
    role.part === "heads" ||
    (role.part === "experts" && role.layer <= giver.model.layers) ||
    name === "embed.image.mask" ||
    name === "embed.text.unread_positions" ||
    (role.part === "embed.text" && giver.model.text === null) ||
    (role.part === "embed.image" && giver.model.image === null) ||
    (name === "position.text" && giver.model.text === null) ||
    (name === "position.image" && giver.model.image === null);
  return { how: free ? "new" : "missing" };
}

function carried(now: ParameterSpec, old: ParameterSpec, giver: Giver, taker: Taker): HandOver {
  if (sameShape(now.shape, old.shape)) return moved(now, giver, taker);
  const resized = resizeRule(now, old, giver, taker);
  if (resized !== null) return resized;
  const untouched = giver.trained !== "all" && !giver.trained.has(now.name);
  return untouched && now.role.part !== "experts" ? { how: "reset" } : { how: "misshapen", before: old };
}

/** Equal in size, but not in meaning, where image and text offsets change places in the table. */
function moved(now: ParameterSpec, giver: Giver, taker: Taker): HandOver {
  if (now.name !== "position.relative") return kept;
  const same = patchesPerSide(giver.model) === patchesPerSide(taker.model);
  return same ? kept : { how: "misshapen", before: now };
}

function resizeRule(now: ParameterSpec, old: ParameterSpec, giver: Giver, taker: Taker): HandOver | null {
  const [rows = 0, columns = 0] = now.shape;
  const [oldRows = 0, oldColumns = 0] = old.shape;
  if (columns !== oldColumns) return null;
  const resized = (by: ResizeRule, rule: string | null): HandOver | null =>
    rule === null ? null : { how: "resized", by, rule };
  const cut = rows < oldRows ? `cut to the first ${rows} rows` : null;
  switch (now.name) {
    case "position.relative":
      return resized("relative_table", relativeRule(giver, taker));
    case "position.image":
      return resized("image_positions", imageRule(giver, taker));
    case "position.text":
    case "embed.text.unread_positions":
      return resized("text_length", cut);
    case "embed.type.weight":
      return resized("types", cut ?? "new rows copy the first image's");
    default:
      return null;
  }
}

function imageRule(giver: Giver, taker: Taker): string | null {
  const { position } = taker.model.attention;
  if (position.kind !== "absolute" || position.resize === "bicubic") return "positions interpolated";
  const tiles = patchesPerSide(taker.model) / patchesPerSide(giver.model);
  return Number.isInteger(tiles) ? `positions repeated in ${tiles} × ${tiles} tiles` : null;
}

function relativeRule(giver: Giver, taker: Taker): string | null {
  const [before, after] = [giver.model.attention.position, taker.model.attention.position];
  if (before.kind !== "relative" || after.kind !== "relative" || after.span > before.span) return null;
  const image = patchesPerSide(giver.model) === patchesPerSide(taker.model) ? [] : ["image offsets interpolated"];
  const text = before.span === after.span ? [] : [`text distances cut to ${after.span}`];
  return [...image, ...text].join(", ");
}

/** Heads of the giver that still fit the taker's model; the others are left behind. What a file holds is not carried along. */
export function headsCarried(giver: Pick<StageSpec, "model" | "heads">, model: ModelSpec): HeadSpec[] {
  const heads = giver.heads.filter((head) => weightsFileOf(head) === null);
  if (giver.model === model) return heads;
  const fits = (head: HeadSpec): boolean => {
    const [before, now] = [parametersIn(groupsOfHead(giver.model, head)), parametersIn(groupsOfHead(model, head))];
    // The same head holds tensors of the same names, in the same order.
    return before.every(({ shape }, i) => sameShape(shape, now[i]?.shape ?? []));
  };
  const misfits = new Set(heads.filter((head) => !fits(head)).map(({ name }) => name));
  return heads.filter(({ parametersOf: owner }) => !misfits.has(owner));
}
