// Stages: model, data and objectives, and the constraints between them. Each check is in a file of its own; here they
// are called in order.
import { spanText } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { MergedEntry } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import { stageSchema } from "../../schema/blocks.js";
import { readBlock } from "../../schema/read.js";
import type { CopySpec, DataSpec, HeadSpec, ModelSpec, ObjectiveSpec, StageSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { checkAnswers } from "./answers.js";
import { checkAugmentedCodes, checkCodes, codersOf } from "./codes.js";
import { headsCopied, readCopies } from "./copies.js";
import { missingSupply } from "../data/data.js";
import { keptHeads } from "../../spec/hand-over.js";
import { headFor } from "../head/head.js";
import { doubting, watched, type Doubt } from "../doubts.js";
import type { HeadLookUp } from "../head/head-context.js";
import { checkModel, unknownModel, type ModelResult } from "../model/model.js";
import { readObjective, type Term } from "../head/objective.js";
import { checkHandOver, fromScratch, readOrigin, trainedUpTo, withFresh, type Origin } from "./origin.js";
import { checkMix, readMix } from "./mixing.js";
import { readOptimizer } from "./optimizer.js";
import { parametersIn } from "../../spec/parameter-list.js";
import { checkNumbers, type Planned } from "./lint.js";
import { type Field, fieldOf } from "./selectors.js";
import type { Parts, StageResult } from "./result.js";
import { readAugment, readNumbers } from "./training.js";
import { needs, type Draft, type Numbers } from "./draft.js";
import { nameIn } from "../named.js";
import { readData, type StageData } from "./stage-data.js";
import { divide } from "./trained.js";
import { viewsRun } from "../model/views.js";

/** Checks a stage. Null: nothing of its block could be read, which was reported. */
export function checkStage(declared: Declared, parts: Parts, outer: Context): StageResult | null {
  const { context, isSilent } = watched(outer);
  const read = readStage(declared, parts, context);
  if (read === null) return null;
  const { draft, base, model, data, terms, origin, doubts } = read;
  const uses = terms.list.map(({ draft: { head }, weight, span }) => ({ head, weight, span }));
  if (!viewsRun(model.spec, uses, doubting(context, doubts))) doubts.add("experts");
  checkFeeding(draft, terms.list, data.list, context);
  checkAnswers({ stage: draft.name, heads: uses.map(({ head }) => head), data: data.list }, context);
  if (terms.whole) checkMining(draft, terms.list, context);
  const whole = terms.whole && data.whole;
  const numbers = numbersOf(draft, { learn: uses, data: data.list, whole }, context);
  const augment = readAugment(draft, context) ?? [];
  const mix = readMix(draft, context);
  checkMix(draft, { mix, terms: terms.list, data: data.list }, context);
  checkAugmentedCodes(draft, { augment, terms: terms.list }, context);
  const stage = { draft, model: model.spec, origin, terms: terms.list, lookUp: parts.heads };
  const rest = complete(stage, doubting(context, doubts));
  const head = { name: draft.name, word: wordOf(declared), span: draft.span, model: model.spec };
  const before = origin.before;
  return {
    spec: { ...head, data: data.list, weights: data.weights, ...rest, ...(numbers ?? noNumbers), augment, mix },
    doubts,
    isSound: whole && numbers !== null && read.stands && doubts.size === 0 && isSilent(),
    model: base,
    trained: trainedUpTo(origin, rest.trained),
    before,
  };
}

function numbersOf(draft: Draft, about: Pick<Planned, "learn" | "data" | "whole">, context: Context): Numbers | null {
  const numbers = readNumbers(draft, about.data, context);
  if (numbers !== null) checkNumbers({ draft, numbers, ...about }, context);
  return numbers;
}

/** The contents of a stage's block. */
interface ReadStage {
  readonly draft: Draft;
  /** The model before `with`; null: there is none of that name, and a stand-in is checked. */
  readonly base: Declared | null;
  readonly model: ModelResult;
  readonly data: StageData;
  readonly terms: { readonly list: Term[]; readonly whole: boolean };
  readonly origin: Origin;
  readonly doubts: Set<Doubt>;
  /** Whether the model and the previous stage have no errors. */
  readonly stands: boolean;
}

function readStage(declared: Declared, parts: Parts, context: Context): ReadStage | null {
  const merged = context.merge(declared);
  const name = declared.node.name;
  const owner = { what: `stage \`${name.text}\``, span: name.span };
  const values = readBlock(stageSchema, merged.body, owner, context.reading);
  if (values === null) return null;
  const draft: Draft = { name: context.nameOf(declared), span: name.span, body: merged.body, values };
  const from = readOrigin(merged.origin, { draft, stages: parts.stages }, context);
  const base = modelOf(draft, from, context);
  const model =
    (base && modelWith(base, draft, parts, context)) ??
    unknownModel({ text: draft.name, span: draft.span }, declared, context);
  const data = readData(draft, parts.data, context);
  const terms = readLearn(draft, parts.heads, context);
  if (values.optimizer === undefined) needs(draft, "optimizer", context);
  const stands = model.isSound && from?.before?.isSound !== false;
  const doubts = doubtsOf(model, from, terms);
  return { draft, base, model, data, terms, origin: from ?? fromScratch, doubts, stands };
}

/** Which parts a stage cannot rely on: of its model, the previous stage, heads. */
function doubtsOf(model: ModelResult, from: Origin | null, { whole }: Pick<ReadStage["terms"], "whole">) {
  const doubts = new Set<Doubt>([...model.doubts, ...(from?.before?.doubts ?? [])]);
  if (from === null) doubts.add("origin");
  if (!whole) doubts.add("heads");
  return doubts;
}

/** Stand-ins for numbers of a stage that could not be read. */
const noNumbers: Numbers = {
  batch: 1,
  micro: 1,
  cached: false,
  mean: "batch",
  gatherGradient: "global",
  duration: { unit: "steps", value: 1 },
  schedule: { kind: "constant", warmup: { unit: "steps", value: 0 } },
  seed: 0,
  validate: null,
};

function wordOf({ node }: Declared): StageSpec["word"] {
  return node.kind === "stage" ? node.word : "stage";
}

function modelWith(base: Declared, { values }: Draft, parts: Parts, context: Context): ModelResult | null {
  const model = parts.models(base);
  if (values.with === undefined || model === null) return model;
  const own = model.isSound ? context : doubting(context, new Set(["base"] as const));
  const changed = checkModel(base, own, values.with);
  return { ...changed, isSound: changed.isSound && model.isSound };
}

interface StageParts {
  readonly draft: Draft;
  readonly model: ModelSpec;
  readonly origin: Origin;
  readonly terms: readonly Term[];
  readonly lookUp: HeadLookUp;
}

type Completed = Pick<
  StageSpec,
  "from" | "learn" | "heads" | "trained" | "frozen" | "unreached" | "copies" | "optimizer"
>;

/** What depends on model, heads and origin: hand-over, the division of parameters, the optimizer. */
function complete({ draft, model, origin, terms, lookUp }: StageParts, context: Context): Completed {
  const learn: ObjectiveSpec[] = terms.map(({ draft: head, weight, span }) => ({
    head: headFor(head, model),
    weight,
    span,
  }));
  const carried = origin.before === null ? [] : keptHeads(origin.before.spec, model);
  const heads = headsHeld(terms, learn, carried, model);
  const field = fieldOf(draft.name, model, heads);
  const predecessor = origin.before;
  const before =
    predecessor === null ? inFile({ draft, model, origin, heads, lookUp }) : fieldOfStage(predecessor.spec);
  const from = withFresh(origin, field, context);
  const written = readCopies(draft.values.init, field, before, context);
  const copies = written.flatMap(({ made }) => made.filter((copy) => predecessor === null || isNeeded(copy, before)));
  for (const { entry, made } of predecessor === null ? [] : written)
    if (made.length > 0 && !made.some((copy) => isNeeded(copy, before))) superfluous(entry, draft, before, context);
  checkCodes({ stage: draft.name, model, terms, origin, carried }, context);
  checkHandOver({ draft, origin, model, heads, copies }, context);
  const division = divide({ draft, model, learn, field }, context);
  const optimizer = readOptimizer(draft, { field, trained: division?.trained ?? null }, context);
  return { from, learn, heads, copies, optimizer: optimizer ?? noOptimizer, ...(division ?? noDivision) };
}

function fieldOfStage({ name, model, heads }: StageSpec): Field {
  return fieldOf(name, model, heads);
}

/**
 * What may be copied without a previous stage: parts of the stage itself, and with a file also heads that only the file
 * has.
 */
function inFile({
  draft: { name, values },
  model,
  origin,
  heads,
  lookUp,
}: Pick<StageParts, "draft" | "model" | "origin" | "lookUp"> & { readonly heads: readonly HeadSpec[] }): Field {
  if (origin.spec.kind !== "checkpoint") return fieldOf(name, model, heads);
  const others = headsCopied(values.init).flatMap((declared) => {
    const draft = lookUp(declared);
    return draft === null ? [] : [headFor(draft, model)];
  });
  const held = new Set(heads.map((head) => head.name));
  const added = new Map(others.map((head) => [head.name, head]));
  return fieldOf(name, model, [...heads, ...[...added.values()].filter((head) => !held.has(head.name))]);
}

const noDivision = { trained: new Set<string>(), frozen: new Set<string>(), unreached: new Set<string>() };

const noOptimizer: StageSpec["optimizer"] = {
  kind: "adamw",
  lr: 0,
  betas: [0, 0],
  eps: 1,
  weightDecay: 0,
  variant: "torch",
  decay: "by_role",
  clip: null,
  factors: new Map(),
};

/** Whether the previous stage lacks what is copied to: what it holds is kept. */
function isNeeded({ to, row }: CopySpec, before: Field): boolean {
  const held = parametersIn(before.groups).find(({ name }) => name === to);
  return held === undefined || (row !== undefined && row.to >= (held.shape[0] ?? 0));
}

/** Warns of a copy to what the previous stage holds; an inherited copy was meant for the parent. */
function superfluous({ reference, node }: MergedEntry, { name, body }: Draft, before: Field, context: Context): void {
  if (node.origin !== body.origin) return;
  const key = spanText(reference.span);
  const holes = { key, stage: name, reason: `\`${before.stage}\` hands \`${key}\` on` };
  context.report(diagnose("V527", reference.span, holes, { help: "leave it out of `init`" }));
}

/**
 * The heads that are learnt, the owners of parameters they share, the heads whose codes they predict, and those handed
 * over that still fit.
 */
function headsHeld(
  terms: readonly Term[],
  learn: readonly ObjectiveSpec[],
  carried: readonly HeadSpec[],
  model: ModelSpec,
): HeadSpec[] {
  const held = new Map<string, HeadSpec>();
  for (const head of carried) held.set(head.name, head);
  for (const { draft } of terms) if (draft.owner !== null) held.set(draft.owner.head.name, headFor(draft.owner, model));
  for (const coder of codersOf(terms)) held.set(coder.head.name, headFor(coder, model));
  for (const { head } of learn) held.set(head.name, head);
  return [...held.values()];
}

/** The model that a stage names, or that of the stage it comes from. */
function modelOf(draft: Draft, origin: Origin | null, context: Context): Declared | null {
  const node = draft.values.model;
  if (node === undefined) {
    if (origin === null) return null;
    return origin.before === null ? needs(draft, "model", context) : origin.before.model;
  }
  return nameIn(node, "model", context);
}

function readLearn(draft: Draft, heads: HeadLookUp, context: Context): { list: Term[]; whole: boolean } {
  const node = draft.values.learn;
  if (node === undefined) {
    needs(draft, "learn", context);
    return { list: [], whole: false };
  }
  const { terms, whole } = readObjective(node, heads, context);
  return { list: terms, whole };
}

/** Every data set must supply what every head needs. */
function checkFeeding(draft: Draft, terms: readonly Term[], data: readonly DataSpec[], context: Context): void {
  const written = draft.values.data?.expression.span ?? draft.span;
  for (const { draft: head, span } of terms) {
    for (const set of data) {
      const related = [
        { span, message: `\`${head.head.name}\` is learnt here` },
        { span: set.span, message: `\`${set.name}\` holds \`${set.kind}\`` },
      ];
      const wrong = missingSupply(head.head, set, { span: written, related });
      if (wrong !== null) context.report(wrong);
    }
  }
}

/** Hard negatives need the scores of a contrastive head that is learnt in the same step. */
function checkMining(draft: Draft, terms: readonly Term[], context: Context): void {
  for (const { draft: head, span } of terms) {
    if (head.minesFrom === null || terms.some((term) => term.draft.declared === head.minesFrom)) continue;
    const related = [{ span: head.head.span, message: `\`${head.head.name}\` mines from \`${head.minesFrom.name}\`` }];
    const holes = { head: head.head.name, source: head.minesFrom.name, stage: draft.name };
    context.report(diagnose("V406", span, holes, { related, help: `add \`${head.minesFrom.name}\` to \`learn\`` }));
  }
}
