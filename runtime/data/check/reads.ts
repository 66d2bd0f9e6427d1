// Data blocks as stages and evaluations read them: the tensors of their batches, which depend on vocabulary and sizes of the
// model.
import type { DataSpec, ModelSpec, StageSpec } from "../../../compiler/index.js";
import { VlmoError } from "../../errors/vlmo-error.js";
import type { BatchNeeds } from "../index.js";
import { needsOfEvaluation, needsOfStage, openTokenizers, type Corpus } from "../stage-data.js";
import type { Readers } from "./inspect.js";

/** A block as one stage or evaluation reads it. */
export interface Read {
  readonly data: DataSpec;
  readonly reader: string;
  /** Whether the reader trains on it. */
  readonly learns: boolean;
  readonly needs: BatchNeeds;
  readonly model: ModelSpec;
  readonly seed: number;
}

/**
 * Every reading, stages first. Vocabularies without a file are learnt as in training; if one has a mistake, texts are left out.
 */
export async function readsOf(
  { stages, evaluations }: Pick<Readers, "stages" | "evaluations">,
  corpus: Corpus,
): Promise<Read[]> {
  const models = [...new Set([...stages, ...evaluations.map(({ stage }) => stage)])];
  const tokenizers = await tried(openTokenizers(models, corpus));
  const tokenizerOf = ({ name }: StageSpec) => tokenizers?.get(name) ?? null;
  return [
    ...stages.flatMap((stage): Read[] => {
      const { name: reader, model, seed } = stage;
      const needs = needsOfStage(stage, tokenizerOf(stage));
      return stage.data.map((data) => ({ data, reader, learns: true, needs, model, seed }));
    }),
    ...evaluations.map(({ evaluation, stage }): Read => {
      const needs = needsOfEvaluation(evaluation, stage, tokenizerOf(stage));
      const { name: reader, data } = evaluation;
      return { data, reader, learns: false, needs, model: stage.model, seed: stage.seed };
    }),
  ];
}

/** Null on mistakes, which have been reported when data and vocabularies were inspected. */
export async function tried<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof VlmoError) return null;
    throw error;
  }
}
