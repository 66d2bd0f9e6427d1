// What the language knows and this version does not run, reported at its line before anything runs. The checker passes
// it: `check`, `plan` and `show` work with the whole language.
import { isLowered, type DataSpec, type EvaluationSpec, type HeadSpec, type StageSpec } from "../compiler/index.js";
import { supportsData } from "./data/open-block.js";
import { allOf, distinct, vlmoError, type VlmoError } from "./errors/vlmo-error.js";

/** Throws all errors as one, each reported once; nothing where there is none. */
export function refuse(errors: readonly VlmoError[]): void {
  const each = distinct(errors);
  if (each.length > 0) throw allOf(each);
}

/** Why no program can be made of a stage: V951. */
export function cannotBuild({ learn }: StageSpec): VlmoError[] {
  return learn.flatMap(({ head }) => cannotLower(head));
}

/** Why a stage cannot be trained: V950, V951, V952. */
export function cannotTrain(stage: StageSpec): VlmoError[] {
  return [...stage.data.flatMap(supportsData), ...cannotBuild(stage)];
}

/** Why an evaluation of `stage` cannot be run: V950, V951, V952. */
export function cannotEvaluate({ data, metrics }: EvaluationSpec, { heads }: StageSpec): VlmoError[] {
  const measured = heads.filter(({ name }) => metrics.some(({ head }) => head === name));
  return [...supportsData(data), ...measured.flatMap(cannotLower)];
}

/** Why data blocks cannot be opened: V950. */
export function cannotOpen(data: readonly DataSpec[]): VlmoError[] {
  return data.flatMap(supportsData);
}

function cannotLower({ name, kind, span }: HeadSpec): VlmoError[] {
  return isLowered(kind) ? [] : [vlmoError("V951", { head: name, kind }, { span })];
}
