// Connects the checked spec with the data pipeline: data blocks to data sets, stages to the tensors of their batches, models to
// tokenizers.
import path from "node:path";
import {
  patchesPerSide,
  ruleOf,
  suffixAmong,
  type AugmentSpec,
  type BatchWants,
  type DataSpec,
  type EvaluationSpec,
  type HeadSpec,
  type ModelSpec,
  type OwnWant,
  type PixelType,
  type StageSpec,
  type View,
} from "../../compiler/index.js";
import {
  concatenated,
  createTokenizer,
  learnVocabulary,
  tokenizerFromFile,
  type BatchNeeds,
  type DataSet,
  type Tokenizer,
} from "./index.js";
import { keepLevels } from "./batches/mix-images.js";
import { openBlock } from "./open-block.js";
import { allPlacedAt, mistakesIn, refuse } from "../errors/vlmo-error.js";

/** Opens data sets; each block is opened once, however many stages and evaluations read it. */
export class DataShelf {
  private readonly blocks = new Map<string, Promise<DataSet>>();

  /** The data of a stage as one data set. Throws VlmoError with all mistakes in them. */
  async ofStage({ data, weights }: Pick<StageSpec, "data" | "weights">): Promise<DataSet> {
    return this.open(data, weights);
  }

  /** Several blocks as one data set. Throws VlmoError with all mistakes in them. */
  async open(specs: readonly DataSpec[], weights: StageSpec["weights"] = null): Promise<DataSet> {
    const results = await Promise.allSettled(specs.map((spec) => this.block(spec)));
    refuse(results.flatMap((result) => (result.status === "rejected" ? mistakesIn(result.reason) : [])));
    const opened = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    return concatenated(opened, weights);
  }

  /** One block. */
  block(spec: DataSpec): Promise<DataSet> {
    const key = keyOf(spec);
    const known = this.blocks.get(key) ?? this.opened(spec);
    this.blocks.set(key, known);
    return known;
  }

  /** Mistakes in data that a list is taken from are reported at the block of those data. */
  private async opened(spec: DataSpec): Promise<DataSet> {
    const lists: [string, DataSet][] = [];
    for (const [key, other] of Object.entries(spec.lists ?? {})) {
      const found = await this.block(other).catch((error: unknown) => {
        throw allPlacedAt(error, other.span);
      });
      lists.push([key, found]);
    }
    return openBlock(spec, Object.fromEntries(lists));
  }
}

/** A key of what a block reads: equal blocks are opened once. */
function keyOf({ span, lists = {}, ...rest }: DataSpec): string {
  return JSON.stringify([span.file.path, rest, Object.values(lists).map(keyOf)]);
}

/** A key: stages whose models agree in it share a tokenizer. */
export function tokenizerKey({ text }: ModelSpec): string {
  return text === null ? "" : `${text.tokenizer.file ?? ""} ${text.tokenizer.vocabulary}`;
}

/** Vocabularies from earlier, by `tokenizerKey`. */
export type Learnt = ReadonlyMap<string, readonly string[]>;

/** The source of vocabularies for models that name no file. */
export interface Corpus {
  /** Stages whose texts vocabularies are learnt from. */
  readonly stages: readonly StageSpec[];
  readonly data: DataShelf;
  /** Reused as they are: learning again on more texts would shift the token ids of a trained model. */
  readonly learnt?: Learnt;
}

/** A tokenizer per stage: from the model's vocabulary file, or over a vocabulary that is learnt once. */
export async function openTokenizers(
  stages: readonly StageSpec[],
  corpus: Corpus,
): Promise<Map<string, Tokenizer | null>> {
  const tokenizers = new Map<string, Tokenizer | null>();
  const known = new Map<string, Promise<Tokenizer | null>>();
  for (const { name, model } of stages) {
    const key = tokenizerKey(model);
    const tokenizer = known.get(key) ?? openTokenizer(model, corpus);
    known.set(key, tokenizer);
    tokenizers.set(name, await tokenizer);
  }
  return tokenizers;
}

async function openTokenizer(model: ModelSpec, { stages, data, learnt }: Corpus): Promise<Tokenizer | null> {
  if (model.text === null) return null;
  const file = vocabularyFile(model);
  if (file !== null) return tokenizerFromFile(file);
  const before = learnt?.get(tokenizerKey(model));
  if (before !== undefined) return createTokenizer(before);
  const texts = textsOf(await Promise.all(stages.map((stage) => data.ofStage(stage))));
  return createTokenizer(await learnVocabulary(texts, model.text.tokenizer.vocabulary));
}

/** The vocabulary file that a model names; null if it has no text or learns its vocabulary. */
export function vocabularyFile({ text }: ModelSpec): string | null {
  if (text === null || text.tokenizer.file === null) return null;
  return path.resolve(path.dirname(text.tokenizer.span.file.path), text.tokenizer.file);
}

/** All texts of some data sets, for learning a vocabulary. */
function* textsOf(dataSets: readonly DataSet[]): Generator<string> {
  for (const dataSet of dataSets) {
    if (!dataSet.supplies.has("text")) continue;
    for (let i = 0; i < dataSet.length; i++) yield dataSet.item(i).text ?? "";
  }
}

/** What determines the tensors of a batch. */
export interface NeedsOptions {
  readonly model: ModelSpec;
  readonly heads: readonly HeadSpec[];
  readonly augment: readonly AugmentSpec[];
  readonly tokenizer: Tokenizer | null;
  /** Images per sample. */
  readonly images: 1 | 2;
}

/** What happens to samples of a stage that cannot be read. */
export function onErrorOf({ data }: StageSpec): "skip" | "stop" {
  return data.some(({ onError }) => onError === "skip") ? "skip" : "stop";
}

/** The tensors of a stage's training batches; `pixels`: the element type of images that the engine takes. */
export function needsOfStage(stage: StageSpec, tokenizer: Tokenizer | null, pixels: PixelType = "float32"): BatchNeeds {
  const images = stage.data.some((data) => data.images === 2) ? 2 : 1;
  const heads = stage.learn.map(({ head }) => head);
  const needs = needsOf({ model: stage.model, heads, augment: stage.augment, tokenizer, images });
  // Averages of two images are not uint8 levels.
  const type = keepLevels(stage.mix) ? pixels : "float32";
  return { ...needs, ...(needs.image && { image: { ...needs.image, type } }), mix: stage.mix };
}

/** The tensors of an evaluation: those for heads of its stage that its metrics refer to. */
export function needsOfEvaluation(
  { data, metrics }: EvaluationSpec,
  { model, heads }: StageSpec,
  tokenizer: Tokenizer | null,
): BatchNeeds {
  const measured = heads.filter(({ name }) => metrics.some(({ head }) => head === name));
  return needsOf({ model, heads: measured, augment: [], tokenizer, images: data.images });
}

/** The tensors that some heads read. */
export function needsOf({ heads, ...given }: NeedsOptions): BatchNeeds {
  const views = new Set(heads.flatMap((head) => head.features.map((feature) => feature.view)));
  return { ...needsOfViews(views, given), ...wantsOf(given.model, heads) };
}

/** The images and texts that some views read. */
export function needsOfViews(
  views: ReadonlySet<View>,
  { model, augment, tokenizer, images }: Omit<NeedsOptions, "heads">,
): BatchNeeds {
  const readsImage = model.image !== null && (views.has("image") || views.has("pair"));
  const readsText = model.text !== null && tokenizer !== null && (views.has("text") || views.has("pair"));
  return {
    ...(readsImage && { image: { size: model.image.size, channels: model.image.channels, count: images, augment } }),
    ...(readsText && { text: { tokenizer, length: model.text.length } }),
  };
}

/** The tensors of heads besides images and texts. */
function wantsOf(model: ModelSpec, heads: readonly HeadSpec[]): Omit<BatchNeeds, "image" | "text"> {
  const side = patchesPerSide(model);
  const wants: BatchWants = Object.assign({}, ...heads.map((head) => ruleOf(head).wants(head)));
  const { maskedPatches, maskedTokens, patchCodes, mask, ...others } = wants;
  const ways = <Want extends OwnWant, Way>(want: Want, make: (wanted: NonNullable<BatchWants[Want]>) => Way) =>
    new Map(
      heads.flatMap((head): [string, Way][] => {
        const wanted = ruleOf(head).wants(head)[want];
        return wanted === undefined ? [] : [[suffixAmong(head, heads, want), make(wanted)]];
      }),
    );
  return {
    ...others,
    ...(maskedTokens && { maskedTokens: ways("maskedTokens", (masking) => masking) }),
    ...(maskedPatches && {
      maskedPatches: ways("maskedPatches", (masking) => ({ grid: [side, side] as const, ...masking })),
    }),
    ...(patchCodes && {
      patchCodes: ways("patchCodes", ({ file, namedIn, count }) => ({
        file,
        namedIn,
        count,
        patches: side ** 2,
      })),
    }),
    ...(mask !== undefined && model.image !== null && { mask: { size: model.image.size, of: mask } }),
  };
}
