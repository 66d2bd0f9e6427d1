// Vectors for programs: computed from images, texts or pairs, stored in a file, searched.
import { aboutOf, type About } from "../embed/about.js";
import { embed as embedAll } from "../embed/embed.js";
import type { Entry } from "../embed/entry.js";
import { featureFor } from "../embed/feature.js";
import { entriesFor } from "../embed/inputs.js";
import { keepVectors, type Kept } from "../embed/keep.js";
import { endings, writerOf } from "../embed/write.js";
import type { EngineChoice } from "../engines/open.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { LeftOut } from "../predict/asking.js";
import type { TrainedModel } from "../predict/model.js";
import type { Inputs } from "../predict/questions.js";
import { broughtUpToDate, placeAt } from "../search/place.js";
import { judgeOf, search as searchAll, type Found } from "../search/search.js";
import { modelAt, noticeDrift, onEngine, type ModelChoice } from "./model.js";
import { told } from "./told.js";

/** Inputs and options of an embedding. */
export interface EmbeddingOptions extends EngineChoice, ModelChoice {
  /** Files, or folders of them. */
  readonly images?: readonly string[];
  readonly texts?: readonly string[];
  /** JSON lines, CSV or TSV with images or texts. */
  readonly records?: string;
  /** The fields of a record. */
  readonly fields?: Inputs["fields"];
  /** Which vector: the name of a contrastive head, or a feature such as `image.cls`; default that of the contrastive head. */
  readonly feature?: string;
  /** Batch size; default 32. */
  readonly batch?: number;
  /** Called for each image that cannot be read, with the reason; without it such an image ends the call with an error. */
  readonly leftOut?: LeftOut;
}

/** A vector with its entry. */
export interface Embedded extends Entry {
  readonly vector: Float32Array;
}

/** Vectors in sequence; the next batch waits for the reader. Throws VlmoError. */
export function embed(from: string | TrainedModel, options: EmbeddingOptions): AsyncIterable<Embedded> {
  return told<Embedded>(async (tell, signal) =>
    embedding(from, { ...options, signal })(async ({ asking, entries }) => {
      await embedAll(asking, entries, async ({ entries: own, vectors }) => {
        const width = vectors.length / Math.max(1, own.length);
        for (const [row, entry] of own.entries())
          await tell({ ...entry, vector: vectors.slice(row * width, (row + 1) * width) });
      });
    }),
  );
}

/** The same into a file, which a later call updates; its extension selects the format. Throws VlmoError. */
export async function embedInto(
  file: string,
  from: string | TrainedModel,
  options: EmbeddingOptions,
): Promise<Kept & About> {
  if (writerOf(file) === undefined) {
    const help = `end it with ${endings.join(", ")}`;
    throw vlmoError("V948", { file, reason: "its ending names no format of vectors" }, { help });
  }
  return embedding(
    from,
    options,
  )(async ({ asking, entries }) => {
    const about = aboutOf(asking.model, asking.feature, asking.engine.precision);
    return { ...about, ...(await keepVectors({ ...asking, file, about, entries, unlike: "refuse" })) };
  });
}

/** Runs some work with the model, feature and engine of the options. */
function embedding(from: string | TrainedModel, options: EmbeddingOptions & { readonly signal?: AbortSignal }) {
  const { images = [], texts = [], records = null, fields = {}, batch = 32, leftOut, signal } = options;
  const own = { ...(leftOut && { leftOut }), ...(signal && { signal }) };
  return async <T>(work: (given: Given) => Promise<T>): Promise<T> => {
    const model = await modelAt(from, options);
    const feature = featureFor(model.stage, options.feature ?? null);
    noticeDrift(model, feature.head, options);
    const entries = await entriesFor(feature, { images, texts, records, fields }, own);
    return onEngine(options, async (engine) => work({ asking: { model, feature, engine, batch, ...own }, entries }));
  };
}

interface Given {
  readonly asking: Parameters<typeof embedAll>[0];
  readonly entries: readonly Entry[];
}

/** Queries and options of a search. */
export interface SearchingOptions extends Omit<EmbeddingOptions, "records"> {
  /** How many of the nearest; default 10. */
  readonly top?: number;
  /** How many of the nearest the matching head re-ranks; default none. */
  readonly rerank?: number;
  /** The file for vectors of a folder or of records; default beside them. */
  readonly index?: string;
}

/** Finds the nearest neighbours of `texts` and `images` in a folder, records, or a file of vectors. Throws VlmoError. */
export async function search(
  from: string | TrainedModel,
  where: string,
  options: SearchingOptions,
): Promise<readonly Found[]> {
  const { images = [], texts = [], fields = {}, top = 10, batch = 32, leftOut } = options;
  const model = await modelAt(from, options);
  const rerank = options.rerank === undefined ? null : { head: judgeOf(model.stage), first: options.rerank };
  return onEngine(options, async (engine) => {
    const nothing = { images: [], texts: [], records: null };
    const { precision } = engine;
    const placed = { model, precision, feature: options.feature ?? null, keptIn: options.index ?? null };
    const place = await placeAt(where, { ...placed, inputs: { ...nothing, fields }, ...(leftOut && { leftOut }) });
    const { feature, gone } = place;
    noticeDrift(model, feature.head, options);
    const queries = await entriesFor(feature, { images, texts, records: null, fields: {} }, { code: "V901" });
    const asking = { model, engine, batch, ...(leftOut && { leftOut }) };
    const { vectors } = await broughtUpToDate(place, { ...asking, about: aboutOf(model, feature, precision) });
    return searchAll({ model, engine, batch, feature, vectors, gone, queries, top, rerank });
  });
}
