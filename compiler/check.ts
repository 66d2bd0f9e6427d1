// Entry point of the checker: from an entry file to the checked specification and all diagnostics. Pure: files are read
// through the given reader. Never throws for what a user wrote.
import { hasErrors, type Diagnostic } from "../grammar/index.js";
import { checkBest } from "./check/stage/best.js";
import { createContext, memoize, type Context } from "./check/context.js";
import { checkData } from "./check/data/data.js";
import { checkEvaluation } from "./check/claims/evaluation.js";
import { checkExpectations, reportBroken, type Expectation } from "./check/claims/expectations.js";
import { checkHead, headFor } from "./check/head/head.js";
import type { HeadDraft } from "./check/head/head-context.js";
import { checkModel } from "./check/model/model.js";
import { checkStage } from "./check/stage/stage.js";
import type { Parts, StageResult } from "./check/stage/result.js";
import { reportListCycle } from "./check/data/taken-lists.js";
import { checkTests } from "./check/claims/tests.js";
import { diagnose } from "./codes.js";
import { loadModules, lookUp, reportUnused, useNamesOfTests } from "./resolve/modules.js";
import type { Merged } from "./resolve/extend.js";
import type { Declared, FileAccess, Module, NamedKind } from "./resolve/module.js";
import { createParams, plainValue, type Params } from "./resolve/params.js";
import { readOptions } from "./resolve/set-options.js";
import { reportUnusedParams } from "./resolve/unused.js";
import { isEcho } from "./resolve/unread.js";
import type { DataSpec, EvaluationSpec, HeadSpec, ModelSpec, Spec, StageSpec } from "./spec/spec.js";
import type { TestSpec } from "./spec/tests.js";

/** Access to files, and the options that a command line sets. */
export interface CheckOptions extends FileAccess {
  /** The arguments of `--set` options: `name=value`. */
  readonly set?: readonly { readonly text: string }[];
  /** `apart`: failed expectations are not errors of the file; they are only in `expectations`. */
  readonly expectations?: "apart";
  /** The specification also contains imported declarations. */
  readonly imported?: true;
}

/** The result of a check. */
export interface CheckResult {
  /** The specification; null if there is an error. */
  readonly spec: Spec | null;
  /** All diagnostics, sorted by file and position, without duplicates. */
  readonly diagnostics: readonly Diagnostic[];
  /** The entry file's `expect` blocks, each with its failed comparisons. */
  readonly expectations: readonly Expectation[];
  /** The entry file's valid `test` blocks. */
  readonly tests: readonly TestSpec[];
}

/** Reads, resolves and checks a specification. */
export function checkSpec(entry: string, options: CheckOptions): CheckResult {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const modules = loadModules(entry, options, report);
  if (modules === null) return { spec: null, diagnostics, expectations: [], tests: [] };
  const set = readOptions(
    (options.set ?? []).map(({ text }) => text),
    modules,
    report,
  );
  const params = createParams(set.params, report);
  const context = createContext(modules, report, params.get, set.blocks);
  const parts = createParts(context);
  const evaluations = memoize((declared) => checkEvaluation(declared, parts, context), context.report);
  const results: Results = { ...parts, evaluations, params };
  const spec = {
    ...checkAll(modules, results, context, options.imported === true),
    written: writtenIn(modules, options),
  };
  modules.slice(0, -1).forEach(useNamesOfTests);
  const own = modules.slice(-1);
  const isChanged = (options.set ?? []).length > 0;
  const expectations = own.flatMap((module) => checkExpectations(module, parts, context, { isChanged }));
  const tests = own.flatMap((module) => checkTests(module, results, context));
  // What `--set` changes may well make the file's own expectations fail, which must not keep it from running.
  const isOwn = options.expectations !== "apart";
  if (isOwn && !isChanged) for (const { failures } of expectations) failures.forEach(report);
  if (isOwn && isChanged && !hasErrors(diagnostics)) reportBroken(expectations, context);
  reportUnused(modules, report);
  // Only without errors: something that could not be read may have used the param.
  if (!hasErrors(diagnostics)) reportUnusedParams(modules, report);
  const shown = once(diagnostics, modules);
  return { spec: hasErrors(shown) ? null : spec, diagnostics: shown, expectations, tests };
}

function writtenIn(modules: readonly Module[], { set = [] }: CheckOptions): Spec["written"] {
  return {
    entry: modules.at(-1)?.path ?? "",
    set: set.map(({ text }) => text),
    files: new Map(modules.map(({ file: { source } }) => [source.path, source.text])),
  };
}

type Checked = Omit<Spec, "written">;

function checkAll(modules: readonly Module[], results: Results, context: Context, imported: boolean): Checked {
  const all = modules.flatMap((module) => [...module.own.values(), ...module.doubles]);
  for (const declared of all) {
    if (declared.kind === "param") results.params.get(declared);
    if (declared.kind === "model") results.models(declared);
    if (declared.kind === "head") results.heads(declared);
    if (declared.kind === "data") results.data(declared);
    if (declared.kind === "stage") results.stages(declared);
    if (declared.kind === "evaluate") results.evaluations(declared);
  }
  checkAllBest(all, results, context);
  return assemble(modules, results, context, imported);
}

function checkAllBest(all: readonly Declared[], results: Results, context: Context): void {
  const evaluations = all.filter(({ kind }) => kind === "evaluate");
  const known = evaluations.flatMap((declared) => results.evaluations(declared) ?? []);
  // What an invalid evaluation would measure is unknown, and so is its stage if that is the mistake.
  const unknown = evaluations
    .filter((declared) => results.evaluations(declared) === null)
    .map((declared) => stageOf(context.merge(declared)));
  if (unknown.includes(undefined)) return;
  for (const declared of all) {
    const stage = declared.kind === "stage" ? results.stages(declared) : null;
    if (stage !== null && !unknown.includes(declared)) checkBest(stage.spec, known, context);
  }
}

/** The stage that an evaluation uses; undefined if there is none of that name. */
function stageOf({ using }: Merged): Declared | undefined {
  return using === undefined ? undefined : lookUp(using.by.module, using.what.text);
}

function createParts(context: Context): Parts {
  const { report } = context;
  const models = memoize((declared) => checkModel(declared, context), report);
  const data: Parts["data"] = memoize<DataSpec>(
    (declared) => checkData(declared, data, context),
    report,
    (way) => reportListCycle(way, context),
  );
  const heads: Parts["heads"] = memoize<HeadDraft>(
    (declared) => checkHead(declared, heads, context),
    report,
    (way) => reportSharing(way, context),
  );
  const stages: Parts["stages"] = memoize<StageResult>(
    (declared) => checkStage(declared, { models, data, heads, stages }, context),
    report,
    (way) => reportCycle(way, context),
  );
  return { models, data, heads, stages };
}

function reportSharing([first, second]: readonly Declared[], context: Context): void {
  if (first === undefined || second === undefined) return;
  const holes = { head: first.name, other: second.name, reason: "they share in a cycle" };
  context.report(diagnose("V407", first.node.name.span, holes));
}

function reportCycle(way: readonly Declared[], context: Context): void {
  const [first] = way;
  if (first === undefined) return;
  // A stage comes after the one it names: the cycle is shown in training order.
  const cycle = way
    .map(({ name }) => name)
    .toReversed()
    .join(" → ");
  context.report(diagnose("V501", first.node.name.span, { name: first.name, cycle }));
}

interface Results extends Parts {
  readonly evaluations: (declared: Declared) => EvaluationSpec | null;
  readonly params: Params;
}

/** The entry file's own declarations, imported ones if asked for, and what they refer to in other files. */
function assemble(modules: readonly Module[], results: Results, context: Context, imported: boolean): Checked {
  const spec = {
    models: new Map<string, ModelSpec>(),
    heads: new Map<string, HeadSpec>(),
    data: new Map<string, DataSpec>(),
    stages: new Map<string, StageSpec>(),
    evaluations: new Map<string, EvaluationSpec>(),
    params: new Map<string, number | string | boolean>(),
  };
  const stageNames = new Map<string, Declared>();
  for (const declared of modules.flatMap((module) => [...module.own.values()]))
    if (declared.kind === "stage") stageNames.set(context.nameOf(declared), declared);
  const stageNamed = (name: string): StageResult | null => {
    const declared = stageNames.get(name);
    return declared === undefined ? null : results.stages(declared);
  };
  const addStage = (stage: StageResult | null): void => {
    // Iterative, from last to first and then reversed: a chain of stages may be long.
    const chain: StageResult[] = [];
    for (let next = stage; next !== null && !spec.stages.has(next.spec.name);) {
      chain.unshift(next);
      next = next.spec.from.kind === "stage" ? stageNamed(next.spec.from.name) : null;
    }
    for (const each of chain) {
      add(spec.stages, each.spec);
      each.spec.data.forEach((data) => add(spec.data, data));
      each.spec.heads.forEach((head) => add(spec.heads, head));
      if (each.model !== null) add(spec.models, results.models(each.model)?.spec ?? null);
    }
  };
  const adders: Record<NamedKind, (declared: Declared) => void> = {
    model: (declared) => add(spec.models, results.models(declared)?.spec ?? null),
    data: (declared) => add(spec.data, results.data(declared)),
    stage: (declared) => addStage(results.stages(declared)),
    head: () => undefined,
    param: (declared) => {
      const value = results.params.get(declared);
      if (value !== null) spec.params.set(declared.name, plainValue(value));
    },
    evaluate: (declared) => {
      const evaluation = results.evaluations(declared);
      if (evaluation === null) return;
      add(spec.evaluations, evaluation);
      add(spec.data, evaluation.data);
      addStage(stageNamed(evaluation.stage));
    },
  };
  const entry = modules.at(-1);
  const taken = imported ? [...(entry?.imported.values() ?? [])].map(({ declared }) => declared) : [];
  const own = [...(entry?.own.values() ?? []), ...taken];
  for (const declared of own) adders[declared.kind](declared);
  addUnlearnt(own, spec, results);
  return spec;
}

/** Heads that no stage learns have no model to take a width from: the first model stands in. */
function addUnlearnt(
  own: readonly Declared[],
  spec: Checked & { heads: Map<string, HeadSpec> },
  results: Results,
): void {
  const [model = { width: 1 }] = spec.models.values();
  for (const declared of own) {
    const draft = declared.kind === "head" ? results.heads(declared) : null;
    if (draft !== null && !spec.heads.has(draft.head.name)) spec.heads.set(draft.head.name, headFor(draft, model));
  }
}

function add<T extends { readonly name: string }>(map: Map<string, T>, value: T | null): void {
  if (value !== null) map.set(value.name, value);
}

/**
 * A block that several stages inherit is read several times: each mistake in it is reported once, and not again where
 * it only follows from something that could not be read.
 */
function once(diagnostics: readonly Diagnostic[], modules: readonly Module[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  const unread = new Map(modules.map((module) => [module.path, module.unread]));
  for (const each of diagnostics) {
    if (!each.code.startsWith("V0") && isEcho(each, unread.get(each.span.file.path) ?? [])) continue;
    // An unknown key is one mistake, even if a stage reads its model again for `with`.
    const key = `${each.code} ${each.span.file.path} ${each.span.start} ${each.span.end} ${each.code === "V201" ? "" : each.message}`;
    if (!seen.has(key)) seen.set(key, each);
  }
  const order = new Map([...modules].reverse().map(({ path }, i) => [path, i]));
  const rank = (diagnostic: Diagnostic): number => order.get(diagnostic.span.file.path) ?? -1;
  return [...seen.values()].sort((a, b) => rank(a) - rank(b) || a.span.start - b.span.start || a.span.end - b.span.end);
}
