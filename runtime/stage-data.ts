// From what a checked spec says of data to what the data pipeline opens: data blocks to data sets, stages to the tensors
// their batches must hold, models to tokenizers.
import path from "node:path";
import {
  patchesPerSide,
  type AugmentSpec,
  type DataSpec,
  type HeadSpec,
  type ModelSpec,
  type StageSpec,
} from "../compiler/index.js";
import {
  concatenated,
  createTokenizer,
  learnVocabulary,
  sources,
  tokenizerFromFile,
  type AugmentStep,
  type BatchNeeds,
  type DataSet,
  type Tokenizer,
} from "./data/index.js";

/** Opens the data blocks of a stage or evaluation as one data set. Relative paths start from the folder of the spec file that names them. */
export async function openData(specs: readonly DataSpec[]): Promise<DataSet> {
  return concatenated(await Promise.all(specs.map(openOne)));
}

async function openOne(spec: DataSpec): Promise<DataSet> {
  const opened = await openSource(spec);
  return { ...opened, digests: new Map([...opened.digests.values()].map((digest) => [spec.name, digest])) };
}

async function openSource(spec: DataSpec): Promise<DataSet> {
  const folder = path.dirname(spec.span.file.path);
  const { kind, format } = spec;
  const settings = { ...spec.settings, ...(spec.items !== null && { items: spec.items }) };
  if (format === "shapes") {
    return sources.shapes.open(
      kind,
      sources.shapes.options.parse({ ...settings, ...(kind === "statements" && { images: spec.images }) }),
      folder,
    );
  }
  if (format === "jsonl") {
    return sources.jsonl.open(kind, sources.jsonl.options.parse({ ...settings, on_error: spec.onError }), folder);
  }
  throw new Error(`internal: the checker let the format ${format} pass`);
}

/** What tells tokenizers apart: stages whose models agree in it share one. */
export function tokenizerKey({ text }: ModelSpec): string {
  return text === null ? "" : `${text.tokenizer.file ?? ""} ${text.tokenizer.vocabulary}`;
}

/** Vocabularies that were learnt before, by `tokenizerKey`. */
export type Learnt = ReadonlyMap<string, readonly string[]>;

/**
 * A tokenizer per stage: from the model's file, or over a vocabulary that is learnt once, from the texts of all these
 * stages. One in `learnt` is not learnt again: words that came later must not shift the ids of a trained model.
 */
export async function openTokenizers(
  stages: readonly StageSpec[],
  openDataSet: (stage: StageSpec) => Promise<DataSet>,
  learnt: Learnt = new Map(),
): Promise<Map<string, Tokenizer | null>> {
  const open = async ({ text }: ModelSpec, key: string): Promise<Tokenizer | null> => {
    if (text === null) return null;
    const { vocabulary, file, span } = text.tokenizer;
    if (file !== null) return tokenizerFromFile(path.resolve(path.dirname(span.file.path), file));
    const texts = async () => textsOf(await Promise.all(stages.map(openDataSet)));
    return createTokenizer(learnt.get(key) ?? learnVocabulary(await texts(), vocabulary));
  };
  const tokenizers = new Map<string, Tokenizer | null>();
  const known = new Map<string, Promise<Tokenizer | null>>();
  for (const { name, model } of stages) {
    const key = tokenizerKey(model);
    const tokenizer = known.get(key) ?? open(model, key);
    known.set(key, tokenizer);
    tokenizers.set(name, await tokenizer);
  }
  return tokenizers;
}

/** Every text of some data sets, for learning a vocabulary. */
function* textsOf(dataSets: readonly DataSet[]): Generator<string> {
  for (const dataSet of dataSets) {
    if (!dataSet.supplies.has("text")) continue;
    for (let i = 0; i < dataSet.length; i++) yield dataSet.item(i).text ?? "";
  }
}

export interface NeedsOptions {
  readonly model: ModelSpec;
  readonly heads: readonly HeadSpec[];
  readonly augment: readonly AugmentSpec[];
  readonly tokenizer: Tokenizer | null;
  /** Images of one sample. */
  readonly images: 1 | 2;
}

export function needsOfStage(stage: StageSpec, tokenizer: Tokenizer | null): BatchNeeds {
  const images = stage.data.some((data) => data.images === 2) ? 2 : 1;
  return needsOf({
    model: stage.model,
    heads: stage.learn.map(({ head }) => head),
    augment: stage.augment,
    tokenizer,
    images,
  });
}

/** The tensors that some heads read. */
export function needsOf({ model, heads, augment, tokenizer, images }: NeedsOptions): BatchNeeds {
  const views = new Set(heads.flatMap((head) => head.features.map((feature) => feature.view)));
  const side = patchesPerSide(model);
  const tokens = heads.find((head) => head.kind === "masked_tokens");
  const patches = heads.find((head) => head.kind === "masked_patches");
  const readsImage = model.image !== null && (views.has("image") || views.has("pair"));
  const readsText = model.text !== null && tokenizer !== null && (views.has("text") || views.has("pair"));
  return {
    ...(readsImage && { image: { size: model.image.size, count: images, augment: augment.map(augmentStep) } }),
    ...(readsText && { text: { tokenizer, length: model.text.length } }),
    ...(tokens?.kind === "masked_tokens" && {
      maskedTokens: {
        probability: tokens.mask,
        wholeWord: tokens.wholeWord,
        variant: tokens.variant === "original" ? "original" : "sane",
      } as const,
    }),
    ...(patches?.kind === "masked_patches" && {
      maskedPatches: { grid: [side, side], ratio: patches.mask.ratio, shape: patches.mask.kind } as const,
    }),
    ...(heads.some(
      (head) => head.kind === "compare" || (head.kind === "classify" && head.loss === "cross_entropy"),
    ) && { label: true }),
    ...(heads.some((head) => head.kind === "classify" && head.loss === "bce") && { answers: true }),
  };
}

function augmentStep({ name, arguments: given }: AugmentSpec): AugmentStep {
  const [first, second] = given;
  switch (name) {
    case "resized_crop":
      return { kind: "resized_crop", scale: typeof first === "object" ? first : [0.5, 1] };
    case "flip":
      return { kind: "flip", ...(typeof first === "number" && { chance: first }) };
    case "rand_augment":
      return {
        kind: "rand_augment",
        count: typeof first === "number" ? first : 2,
        magnitude: typeof second === "number" ? second : 7,
      };
    default:
      throw new Error(`internal: the checker let the augmentation ${name} pass`);
  }
}
