// How long texts are in tokens, against the text length of the models that read them: the rest is cut, and several
// long texts may become the same one.
import type { DataSpec, ModelSpec, StageSpec } from "../../../compiler/index.js";
import { spread, type BatchNeeds, type DataSet, type Tokenizer } from "../index.js";
import {
  needsOfEvaluation,
  needsOfStage,
  openTokenizers,
  tokenizerKey,
  type Corpus,
  type DataShelf,
} from "../stage-data.js";
import { VlmoError } from "../../errors/vlmo-error.js";
import type { Readers } from "./inspect.js";

/** The texts of a block as stages read them. */
export interface TextReport {
  readonly data: string;
  /** The stages and evaluations that have this much room. */
  readonly readers: readonly string[];
  /** Tokens of a text, [CLS] and [SEP] included. */
  readonly length: number;
  /** Texts there are, those of them that were looked at, and those of these that are cut. */
  readonly texts: number;
  readonly read: number;
  readonly cut: number;
  readonly longest: { readonly tokens: number; readonly item: string };
}

/** Texts of a block that are looked at where there are more: a second or two. */
const TEXTS = 20_000;

/** [CLS] and [SEP]. */
const FRAME = 2;

/** Measures the texts of all blocks that stages and evaluations read. Vocabularies without a file are learnt as in training. */
export async function inspectTexts({ stages, evaluations }: Readers, corpus: Corpus): Promise<TextReport[]> {
  const models = [...new Set([...stages, ...evaluations.map(({ stage }) => stage)])];
  const tokenizers = await tried(openTokenizers(models, corpus));
  const tokenizerOf = ({ name }: StageSpec): Tokenizer | null => tokenizers?.get(name) ?? null;
  const uses = new Map<string, Use>();
  const add = (reader: string, data: DataSpec, { text }: BatchNeeds, model: ModelSpec): void => {
    if (text === undefined) return;
    const key = JSON.stringify([data.name, text.length, tokenizerKey(model)]);
    const { readers } = uses.get(key) ?? { readers: [] };
    uses.set(key, { data, text, readers: [...readers, reader] });
  };
  for (const stage of stages) {
    for (const data of stage.data) add(stage.name, data, needsOfStage(stage, tokenizerOf(stage)), stage.model);
  }
  for (const { evaluation, stage } of evaluations) {
    const needs = needsOfEvaluation(evaluation, stage, tokenizerOf(stage));
    add(evaluation.name, evaluation.data, needs, stage.model);
  }
  const reports = await Promise.all([...uses.values()].map((use) => measured(use, corpus.data)));
  return reports.flatMap((report) => report ?? []);
}

interface Use {
  readonly data: DataSpec;
  readonly text: NonNullable<BatchNeeds["text"]>;
  readonly readers: readonly string[];
}

async function measured({ data, text: room, readers }: Use, shelf: DataShelf): Promise<TextReport | null> {
  const dataSet = await tried(shelf.block(data));
  if (dataSet === null || !dataSet.supplies.has("text")) return null;
  const looked = spread(indicesOf(dataSet), TEXTS);
  let [cut, longest] = [0, { tokens: 0, item: "" }];
  for (const index of looked) {
    const { text = "", name: item } = dataSet.item(index);
    const tokens = room.tokenizer.tokens(text).length + FRAME;
    if (tokens > room.length) cut += 1;
    if (tokens > longest.tokens) longest = { tokens, item };
  }
  return { data: data.name, readers, length: room.length, texts: dataSet.length, read: looked.length, cut, longest };
}

function indicesOf({ length }: DataSet): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** Null where something is wrong that was reported when the data and vocabularies were looked at. */
async function tried<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof VlmoError) return null;
    throw error;
  }
}
