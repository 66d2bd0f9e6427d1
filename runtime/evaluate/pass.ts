// Runs a program of one head over a data set: every item once, in order, without training noise.
import type { HeadSpec, Program, Sizes, StageSpec, View } from "../../compiler/index.js";
import { evaluationBatchesBy, type Batch, type BatchNeeds, type DataSet } from "../data/index.js";
import { needsOf, needsOfViews } from "../data/stage-data.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { feed } from "../program/feed.js";
import { withPrograms } from "../program/loaded-programs.js";
import { createAll, holding, readAll, readBy } from "../program/results.js";
import { sizesOf } from "../program/sizes.js";
import type { Tensor, Tensors } from "../tensor.js";
import type { EvaluateOptions } from "./options.js";

/** The program, the model and the data. */
export interface Pass {
  /** Null for a program of the trunk alone. */
  readonly head: HeadSpec | null;
  /** Items of the evaluation's data. */
  readonly dataSet: DataSet;
  /** The tensors of batches; by default those that the head reads. */
  readonly needs?: BatchNeeds;
  readonly build: (stage: StageSpec, sizes: Sizes) => Program;
  /** Further tensors of a batch, which the data do not supply. */
  readonly also?: (batch: Batch) => Tensors;
}

/** The outputs of a program for a batch. */
export interface Passed {
  readonly batch: Batch;
  readonly program: Program;
  readonly results: ReadonlyMap<string, Tensor>;
}

/** Calls `each` for every batch. Throws the errors of broken data and, when aborted, the signal's reason. */
export async function passOver(
  options: EvaluateOptions,
  { head, dataSet, needs = head === null ? {} : needsOfHead(options, head), build, also }: Pass,
  each: (passed: Passed) => void | Promise<void>,
): Promise<void> {
  const { stage, parameters, engine, signal } = options;
  const only = aboutOnly(options, head);
  await withPrograms(options, async (loaded) => {
    let first = 0;
    for await (const batch of batchesOf(options, dataSet, needs)) {
      signal?.throwIfAborted();
      const { items } = batch.counts;
      const given = also === undefined ? batch.tensors : new Map([...batch.tensors, ...also(batch)]);
      const sizes = sizesOf(only, { tensors: given, items });
      const { program, executable } = await loaded.load(head?.name ?? "", sizes, (wanted) => build(only, wanted));
      const numbers = batch.numbers.map((number) => first + number);
      const noise = { seed: stage.seed, labels: ["evaluate"], numbers };
      const { tensors, missing } = feed(program, { batch: given, items, scalars: new Map(), noise });
      if (missing.length > 0)
        throw new Error(`internal: nothing supplies ${missing.map(({ name }) => name).join(", ")}`);
      const results = await holding(engine, createAll(engine, tensors), (handles) =>
        executable.run(new Map([...readBy(program, parameters), ...handles])),
      );
      await each({ batch, program, results: await readAll(engine, results) });
      first += items;
    }
  });
}

/** Batches of an evaluation: every item once, in order. Throws V919 where none of them can be read. */
export async function* batchesOf(
  options: EvaluateOptions,
  dataSet: DataSet,
  needs: BatchNeeds,
): AsyncGenerator<Batch, void> {
  const { evaluation, stage, images } = options;
  let [some, first] = [false, ""];
  const batches = evaluationBatchesBy({
    dataSet,
    needs,
    batch: Math.min(evaluation.batch, dataSet.length),
    seed: stage.seed,
    onError: evaluation.data.onError,
    leftOut: (item, reason) => {
      if (first === "") first = `${item.name}: ${reason}`;
      options.leftOut?.(item, reason);
    },
    loader: images,
  });
  for await (const batch of batches) {
    some = true;
    yield batch;
  }
  if (some || dataSet.length === 0) return;
  const reason = `none of its items can be read; the first: ${first}`;
  const help = "restore the files, or name other data: an evaluation needs at least one readable item";
  throw vlmoError("V919", { data: evaluation.data.name, reason }, { span: evaluation.data.span, help });
}

/** A stage and an evaluation. */
interface About {
  readonly stage: StageSpec;
  readonly evaluation: Pick<EvaluateOptions["evaluation"], "data">;
}

/** The stage as if it trained this head alone (null: none), on the data of the evaluation, which may be of another kind. */
export function aboutOnly({ stage, evaluation: { data } }: About, head: HeadSpec | null): StageSpec {
  return { ...stage, data: [data], learn: head === null ? [] : [{ head, weight: 1, span: head.span }] };
}

/** The batch tensors that a view reads. */
export function needsOfView({ stage: { model }, evaluation, tokenizer }: EvaluateOptions, view: View): BatchNeeds {
  return needsOfViews(new Set([view]), { model, augment: [], tokenizer, images: evaluation.data.images });
}

/** The batch tensors that a head reads. */
export function needsOfHead({ stage, evaluation, tokenizer }: EvaluateOptions, head: HeadSpec): BatchNeeds {
  return needsOf({ model: stage.model, heads: [head], augment: [], tokenizer, images: evaluation.data.images });
}
