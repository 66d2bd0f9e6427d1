// The door of the checker: an entry file to the checked specification, with everything that is wrong with it. Pure:
// files come through the reader passed in. Never throws for what a user wrote.
import { hasErrors, type Diagnostic } from "../grammar/index.js";
import { createContext, memoize, type Context } from "./check/context.js";
import { checkData } from "./check/data.js";
import { checkEvaluation } from "./check/evaluations.js";
import { checkHead, headFor, type HeadDraft } from "./check/heads.js";
import { checkModel } from "./check/models.js";
import { checkStage, type Parts, type StageResult } from "./check/stages.js";
import { diagnose } from "./codes.js";
import { loadModules, reportUnused, type Declared, type FileAccess, type Module } from "./resolve/modules.js";
import { createParams, plainValue, type Params } from "./resolve/params.js";
import type { DataSpec, EvaluationSpec, HeadSpec, ModelSpec, Spec, StageSpec } from "./spec/spec.js";

export interface CheckOptions extends FileAccess {
  /** The texts of `--set` options: `name=value`. */
  readonly set?: readonly { readonly text: string }[];
}

export interface CheckResult {
  /** The specification; null where there is an error. */
  readonly spec: Spec | null;
  /** All messages, by file and place, each once. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads, resolves and checks a specification. */
export function checkSpec(entry: string, options: CheckOptions): CheckResult {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const modules = loadModules(entry, options, report);
  if (modules === null) return { spec: null, diagnostics };
  const params = createParams(
    modules,
    (options.set ?? []).map(({ text }) => text),
    report,
  );
  const context = createContext(modules, report, params.get);
  const spec = checkAll(modules, params, context);
  reportUnused(modules, report);
  const shown = once(diagnostics, modules);
  return { spec: hasErrors(shown) ? null : spec, diagnostics: shown };
}

function checkAll(modules: readonly Module[], params: Params, context: Context): Spec {
  const parts = createParts(context);
  const evaluations = memoize(
    (declared) => checkEvaluation(declared, parts, context),
    () => undefined,
  );
  const all = modules.flatMap((module) => [...module.own.values()]);
  for (const declared of all) {
    if (declared.kind === "param") params.get(declared);
    if (declared.kind === "model") parts.models(declared);
    if (declared.kind === "head") parts.heads(declared);
    if (declared.kind === "data") parts.data(declared);
    if (declared.kind === "stage") parts.stages(declared);
    if (declared.kind === "evaluate") evaluations(declared);
  }
  return assemble(modules, { ...parts, evaluations, params }, context);
}

function createParts(context: Context): Parts {
  const models = memoize(
    (declared) => checkModel(declared, context),
    () => undefined,
  );
  const data = memoize(
    (declared) => checkData(declared, context),
    () => undefined,
  );
  const heads: Parts["heads"] = memoize<HeadDraft>(
    (declared) => checkHead(declared, heads, context),
    (way) => reportSharing(way, context),
  );
  const stages: Parts["stages"] = memoize<StageResult>(
    (declared) => checkStage(declared, { models, data, heads, stages }, context),
    (way) => reportCircle(way, context),
  );
  return { models, data, heads, stages };
}

function reportSharing([first, second]: readonly Declared[], context: Context): void {
  if (first === undefined || second === undefined) return;
  const holes = { head: first.name, other: second.name, reason: "they share in a circle" };
  context.report(diagnose("V407", first.node.name.span, holes));
}

function reportCircle(way: readonly Declared[], context: Context): void {
  const [first] = way;
  if (first === undefined) return;
  // A stage comes after the one it names: the way round is told in the order of training.
  const circle = way
    .map(({ name }) => name)
    .toReversed()
    .join(" → ");
  context.report(diagnose("V501", first.node.name.span, { name: first.name, circle }));
}

interface Results extends Parts {
  readonly evaluations: (declared: Declared) => EvaluationSpec | null;
  readonly params: Params;
}

/** The entry file's own declarations, and what they refer to in other files. */
function assemble(modules: readonly Module[], results: Results, context: Context): Spec {
  const models = new Map<string, ModelSpec>();
  const heads = new Map<string, HeadSpec>();
  const data = new Map<string, DataSpec>();
  const stages = new Map<string, StageSpec>();
  const evaluations = new Map<string, EvaluationSpec>();
  const params = new Map<string, number | string | boolean>();
  const addStage = (stage: StageResult | null): void => {
    if (stage === null || stages.has(stage.spec.name)) return;
    const { spec } = stage;
    if (spec.from.kind === "stage") addStage(stageNamed(spec.from.name));
    stages.set(spec.name, spec);
    for (const each of spec.data) data.set(each.name, each);
    for (const head of spec.heads) heads.set(head.name, head);
    const model = results.models(stage.model);
    if (model !== null) models.set(model.name, model);
  };
  const stageNamed = (name: string): StageResult | null => {
    const declared = modules
      .flatMap((module) => [...module.own.values()])
      .find((each) => each.kind === "stage" && context.nameOf(each) === name);
    return declared === undefined ? null : results.stages(declared);
  };
  for (const declared of modules.at(-1)?.own.values() ?? []) {
    if (declared.kind === "model") add(models, results.models(declared));
    if (declared.kind === "data") add(data, results.data(declared));
    if (declared.kind === "stage") addStage(results.stages(declared));
    if (declared.kind === "param") addParam(declared);
    if (declared.kind === "evaluate") addEvaluation(results.evaluations(declared));
  }
  function addParam(declared: Declared): void {
    const value = results.params.get(declared);
    if (value !== null) params.set(declared.name, plainValue(value));
  }
  function addEvaluation(evaluation: EvaluationSpec | null): void {
    add(evaluations, evaluation);
    if (evaluation === null) return;
    add(data, evaluation.data);
    addStage(stageNamed(evaluation.stage));
  }
  // Heads that no stage learns have no model to take a width from: the first one stands in.
  const [model] = models.values();
  for (const declared of modules.at(-1)?.own.values() ?? []) {
    const draft = declared.kind === "head" ? results.heads(declared) : null;
    if (draft !== null && !heads.has(draft.head.name))
      heads.set(draft.head.name, headFor(draft, model ?? { width: 1 }));
  }
  return { models, heads, data, stages, evaluations, params };
}

function add<T extends { readonly name: string }>(map: Map<string, T>, value: T | null): void {
  if (value !== null) map.set(value.name, value);
}

/** A block that several stages inherit is read several times; what is wrong in it is said once. */
function once(diagnostics: readonly Diagnostic[], modules: readonly Module[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const each of diagnostics) {
    const key = `${each.code} ${each.span.file.path} ${each.span.start} ${each.span.end} ${each.message}`;
    if (!seen.has(key)) seen.set(key, each);
  }
  const order = new Map([...modules].reverse().map(({ path }, i) => [path, i]));
  const rank = (diagnostic: Diagnostic): number => order.get(diagnostic.span.file.path) ?? -1;
  return [...seen.values()].sort((a, b) => rank(a) - rank(b) || a.span.start - b.span.start || a.span.end - b.span.end);
}
