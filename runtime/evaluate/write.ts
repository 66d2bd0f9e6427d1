// Captions that a head generates for the images of a data set, each image once, by beam search. The image's keys and values are
// computed once and stay on the engine, as do those of the generated tokens (compiler/build/generate.ts).
import { buildNext, buildPrefix, nextInputs, ruleOf, type HeadSpec } from "../../compiler/index.js";
import {
  firstsOf,
  pairingOf,
  someOf,
  textOf,
  type Batch,
  type DataSet,
  type Pairing,
  type Tokenizer,
} from "../data/index.js";
import type { Engine, Handle, Handles } from "../engines/index.js";
import { withPrograms, type Loaded, type LoadedPrograms } from "../program/loaded-programs.js";
import { createAll, holding, readBy } from "../program/results.js";
import { float32, int32 } from "../tensor.js";
import { beamSearch, type SearchStep } from "./beam-search.js";
import type { Caption } from "./gathered.js";
import type { EvaluateOptions } from "./options.js";
import { aboutOnly, batchesOf, needsOfHead } from "./pass.js";

/** One text for every image of the pairing. Throws the errors of broken data and, when aborted, the signal's reason. */
export async function captionsOf(options: EvaluateOptions, head: HeadSpec): Promise<Caption[]> {
  const { dataSet, tokenizer, signal } = options;
  if (tokenizer === null) throw new Error(`internal: the head ${head.name} writes without a vocabulary`);
  const { firsts, referencesOf } = imagesOf(dataSet, await (options.pair ?? pairingOf)(dataSet));
  const { image } = needsOfHead(options, head);
  const batches = batchesOf(options, someOf(dataSet, firsts), { ...(image !== undefined && { image }) });
  const captions: Caption[] = [];
  await withPrograms(options, async (loaded) => {
    const write = createWriter(options, { head, tokenizer, loaded });
    for await (const batch of batches) {
      signal?.throwIfAborted();
      const texts = await write(batch);
      batch.indices.forEach((index, row) => {
        const item = firsts[index] ?? 0;
        captions.push({ item, said: texts[row] ?? "", references: referencesOf(item) });
      });
    }
  });
  return captions;
}

/** The first item of every image, and all texts of an item's image. */
function imagesOf(
  dataSet: DataSet,
  { images, texts, textsOf }: Pairing,
): { firsts: number[]; referencesOf: (item: number) => string[] } {
  const firstWith = firstsOf(texts);
  return {
    firsts: firstsOf(images),
    referencesOf: (item) => {
      const own = [...(textsOf[images[item] ?? 0] ?? [])];
      return own.map((text) => dataSet.item(firstWith[text] ?? 0).text ?? "");
    },
  };
}

interface WriterParts {
  readonly head: HeadSpec;
  readonly tokenizer: Tokenizer;
  readonly loaded: LoadedPrograms;
}

/** Creates a function that generates a text for every image of a batch. */
function createWriter(options: EvaluateOptions, { head, tokenizer, loaded }: WriterParts) {
  const { engine, stage, parameters } = options;
  const only = aboutOnly(options, head);
  const { special } = tokenizer;
  const search = ruleOf(head).writes?.search(head);
  if (search === undefined) throw new Error(`internal: the head ${head.name} does not write`);
  const searching = {
    ...search,
    longest: (stage.model.text?.length ?? 1) - 1,
    start: special.cls,
    end: special.sep,
    never: [special.pad, special.unknown, special.cls, special.mask],
  };
  return async ({ tensors, counts: { items } }: Batch): Promise<string[]> => {
    const sizes = { batch: items, capacity: new Map<string, number>() };
    const prefix = await loaded.load(`${head.name} prefix`, sizes, (each) => buildPrefix(only, each, head));
    const next = await loaded.load(`${head.name} next`, sizes, (each) => buildNext(only, each, head));
    const seen = await holding(engine, createAll(engine, tensors), (given) =>
      prefix.executable.run(readBy(prefix.program, new Map([...parameters, ...given]))),
    );
    const texts = await holding(engine, seen, () =>
      holding(engine, emptyMemory(engine, next), (memory) => {
        const constant = readBy(next.program, new Map([...parameters, ...seen, ...memory]));
        const writing = { engine, next, constant, memory, mask: special.mask };
        return beamSearch(items, searching, (step) => scores(writing, step));
      }),
    );
    return texts.map((ids) => textOf(ids, tokenizer));
  };
}

/** An empty key-value cache. */
function emptyMemory(engine: Engine, { program: { graph } }: Loaded): Map<string, Handle> {
  const kept = graph.inputs.filter(({ name }) => graph.outputs.has(name));
  return new Map(kept.map(({ name, value }) => [name, engine.create(float32(value.type.shape))]));
}

interface Writing {
  readonly engine: Engine;
  readonly next: Loaded;
  /** All inputs of `next` that stay on the engine from step to step. */
  readonly constant: Handles;
  /** Those of them that a step updates. */
  readonly memory: Handles;
  readonly mask: number;
}

async function scores({ engine, next, constant, memory, mask }: Writing, { last, parents, place }: SearchStep) {
  const given = new Map([
    [nextInputs.ids, int32([last.length, 2], Int32Array.from([...last].flatMap((id) => [id, mask])))],
    [nextInputs.positions, int32([2], Int32Array.from([place - 1, place]))],
    [nextInputs.parents, int32([parents.length], parents)],
  ]);
  const results = await holding(engine, createAll(engine, given), (handles) =>
    next.executable.run(new Map([...constant, ...readBy(next.program, handles)]), memory),
  );
  const logits = results.get("logits");
  if (logits === undefined) throw new Error("internal: no scores of the next token");
  // The other outputs are the key-value cache, which stays on the engine.
  const { data } = await holding(engine, new Map([["logits", logits]]), () => engine.read(logits));
  return data;
}
