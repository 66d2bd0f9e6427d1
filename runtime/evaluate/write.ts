// Texts that a head writes about the images of a data set, each image once, by beam search. The image's keys and values
// are computed once and stay with the engine, as do those of the tokens that are written (compiler/build/generate.ts).
import { buildNext, buildPrefix, nextInputs, ruleOf, type HeadSpec, type StageSpec } from "../../compiler/index.js";
import { evaluationBatches, pairingOf, textOf, type Batch, type DataSet, type Tokenizer } from "../data/index.js";
import { needsOf } from "../data/stage-data.js";
import type { Engine, Handle, Handles } from "../engines/index.js";
import { LoadedPrograms, type Loaded } from "../program/loaded-programs.js";
import { createAll, readBy, release } from "../program/results.js";
import { float32, int32 } from "../tensor.js";
import { beamSearch, type SearchStep } from "./beam-search.js";
import type { Caption } from "./gathered.js";
import type { EvaluateOptions } from "./options.js";

/** One text for every distinct image. Throws what broken data give; with a signal, the signal's reason. */
export async function captionsOf(options: EvaluateOptions, head: HeadSpec): Promise<Caption[]> {
  const { evaluation, stage, dataSet, tokenizer, images, signal } = options;
  if (tokenizer === null) throw new Error(`internal: the head ${head.name} writes without a vocabulary`);
  const { firsts, referencesOf } = imagesOf(dataSet);
  const { image } = needsOf({
    model: stage.model,
    heads: [head],
    augment: [],
    tokenizer,
    images: evaluation.data.images,
  });
  const batches = evaluationBatches({
    dataSet: someOf(dataSet, firsts),
    needs: { ...(image !== undefined && { image }) },
    batch: Math.min(evaluation.batch, firsts.length),
    seed: stage.seed,
    onError: evaluation.data.onError,
    ...(images !== undefined && { loader: images }),
  });
  const writer = createWriter(options, head, tokenizer);
  const captions: Caption[] = [];
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const texts = await writer.write(batch);
    batch.indices.forEach((index, row) => {
      const item = firsts[index] ?? 0;
      captions.push({ item, said: texts[row] ?? "", references: referencesOf(item) });
    });
  }
  writer.dispose();
  return captions;
}

/** The first item of every image, and all texts of an item's image. */
function imagesOf(dataSet: DataSet): { firsts: number[]; referencesOf: (item: number) => string[] } {
  const { images, texts, textsOf } = pairingOf(dataSet);
  const firstOf = (numbers: Int32Array): number[] => {
    const first: number[] = [];
    numbers.forEach((number, item) => (first[number] ??= item));
    return first;
  };
  const firstWith = firstOf(texts);
  return {
    firsts: firstOf(images),
    referencesOf: (item) => {
      const own = [...(textsOf[images[item] ?? 0] ?? [])];
      return own.map((text) => dataSet.item(firstWith[text] ?? 0).text ?? "");
    },
  };
}

/** Items of a data set by their indices. */
function someOf(dataSet: DataSet, indices: readonly number[]): DataSet {
  const { name, kind, supplies, digests, classes, answers } = dataSet;
  const item = (index: number) => dataSet.item(indices[index] ?? 0);
  const lists = { ...(classes && { classes }), ...(answers && { answers }) };
  return { name, kind, supplies, digests, ...lists, length: indices.length, item };
}

interface Writer {
  write(batch: Batch): Promise<string[]>;
  dispose(): void;
}

function createWriter(
  { engine, stage, parameters, evaluation }: EvaluateOptions,
  head: HeadSpec,
  tokenizer: Tokenizer,
): Writer {
  const loaded = new LoadedPrograms(engine);
  const only: StageSpec = { ...stage, data: [evaluation.data], learn: [{ head, weight: 1, span: head.span }] };
  const { special } = tokenizer;
  const search = ruleOf(head).writes?.search(head);
  if (search === undefined) throw new Error(`internal: the head ${head.name} does not write`);
  const options = {
    ...search,
    longest: (stage.model.text?.length ?? 1) - 1,
    start: special.cls,
    end: special.sep,
    never: [special.pad, special.unknown, special.cls, special.mask],
  };
  return {
    write: async ({ tensors, counts: { items } }) => {
      const sizes = { batch: items, capacity: new Map<string, number>() };
      const prefix = await loaded.load("prefix", sizes, (each) => buildPrefix(only, each, head));
      const next = await loaded.load("next", sizes, (each) => buildNext(only, each, head));
      const given = createAll(engine, tensors);
      const images = await prefix.executable.run(readBy(prefix.program, new Map([...parameters, ...given])));
      release(engine, given);
      const memory = emptyMemory(engine, next);
      const constant = readBy(next.program, new Map([...parameters, ...images, ...memory]));
      const texts = await beamSearch(items, options, (step) =>
        scores({ engine, next, constant, memory, mask: special.mask }, step),
      );
      release(engine, images);
      release(engine, memory);
      return texts.map((ids) => textOf(ids, tokenizer));
    },
    dispose: () => loaded.dispose(),
  };
}

/** Keys and values of no token yet. */
function emptyMemory(engine: Engine, { program: { graph } }: Loaded): Map<string, Handle> {
  const kept = graph.inputs.filter(({ name }) => graph.outputs.has(name));
  return new Map(kept.map(({ name, value }) => [name, engine.create(float32(value.type.shape))]));
}

interface Writing {
  readonly engine: Engine;
  readonly next: Loaded;
  /** All inputs of `next` that stay from step to step. */
  readonly constant: Handles;
  /** Of them those that a step writes to. */
  readonly memory: Handles;
  readonly mask: number;
}

async function scores({ engine, next, constant, memory, mask }: Writing, { last, parents, place }: SearchStep) {
  const given = new Map([
    [nextInputs.ids, int32([last.length, 2], Int32Array.from([...last].flatMap((id) => [id, mask])))],
    [nextInputs.positions, int32([2], Int32Array.from([place - 1, place]))],
    [nextInputs.parents, int32([parents.length], parents)],
  ]);
  const handles = new Map([...given].map(([name, tensor]) => [name, engine.create(tensor)]));
  const results = await next.executable.run(new Map([...constant, ...readBy(next.program, handles)]), memory);
  release(engine, handles);
  const logits = results.get("logits");
  if (logits === undefined) throw new Error("internal: no scores of the next token");
  const { data } = await engine.read(logits);
  engine.release(logits);
  return data;
}
