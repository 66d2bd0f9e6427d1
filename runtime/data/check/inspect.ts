// Checks a specification against its data before anything is computed: the one inspection that `check --data`, `train` and
// `test` use.
import { ruleOf, type DataSpec, type EvaluationSpec, type ModelSpec, type StageSpec } from "../../../compiler/index.js";
import type { DataSet, Decoded } from "../index.js";
import { concatenated } from "../index.js";
import type { DataShelf } from "../stage-data.js";
import { codeMistakes } from "./codes.js";
import { distinct, type VlmoError } from "../../errors/vlmo-error.js";
import { inspectBlock, type BlockReport, type InspectOptions } from "./blocks.js";
import { maskMistakes, type MaskReader } from "./masks.js";
import { evaluationMistakes, stageDoubts, stageMistakes, type Doubt } from "./uses.js";
import { inspectVocabulary, type VocabularyReport } from "./vocabulary.js";

/** The readers of data. */
export interface Readers {
  readonly stages: readonly StageSpec[];
  readonly evaluations: readonly { readonly evaluation: EvaluationSpec; readonly stage: StageSpec }[];
  /** Blocks to inspect even if nothing reads them. */
  readonly blocks?: readonly DataSpec[];
  /** Models whose vocabularies are read. */
  readonly models: readonly ModelSpec[];
  /** How thoroughly images are examined. */
  readonly look: InspectOptions;
}

/** The result; mistakes in data are not thrown. */
export interface Inspection {
  /** Each with its span in the specification. */
  readonly mistakes: readonly VlmoError[];
  readonly blocks: readonly BlockReport[];
  readonly vocabularies: readonly VocabularyReport[];
  readonly doubts: readonly Doubt[];
}

/** The most images whose headers are read: about a second. */
const HEADERS = 1000;

/** For the inspection before training. */
export const beforeTraining: InspectOptions = { headers: HEADERS };

/** Does not examine images, for commands that read them all and report them. */
export const notAtImages: InspectOptions = { headers: 0 };

/** Every block to inspect, once. */
export function blocksOf({ stages, evaluations, blocks = [] }: Readers): DataSpec[] {
  const read = [...stages.flatMap(({ data }) => data), ...evaluations.map(({ evaluation: { data } }) => data)];
  return [...new Set([...blocks, ...read])];
}

/** Opens all data and vocabularies, and checks them against their readers. */
export async function inspectData(readers: Readers, shelf: DataShelf): Promise<Inspection> {
  const { stages, evaluations } = readers;
  const opened = new Map<DataSpec, DataSet>();
  const highest = new Map<DataSpec, Decoded["highest"]>();
  const mistakes: VlmoError[] = [];
  const blocks: BlockReport[] = [];
  for (const spec of blocksOf(readers)) {
    const found = await inspectBlock(spec, shelf, readers.look);
    mistakes.push(...found.mistakes);
    if (found.dataSet === null) continue;
    opened.set(spec, found.dataSet);
    highest.set(spec, found.highest);
    blocks.push(found.report);
  }
  const together = ({ data, weights }: StageSpec): DataSet | null => {
    const sets = data.flatMap((spec) => opened.get(spec) ?? []);
    return sets.length === data.length ? concatenated(sets, weights) : null;
  };
  const readData = (spec: DataSpec): DataSet | undefined => opened.get(spec);
  const doubts: Doubt[] = [];
  for (const stage of stages) {
    const all = together(stage);
    mistakes.push(...stageMistakes(stage, all, readData));
    if (all === null) continue;
    doubts.push(...stageDoubts(stage, all));
    const heads = stage.learn.map(({ head }) => head);
    mistakes.push(...(await codeMistakes(stage.model, heads, all)));
  }
  for (const { evaluation, stage } of evaluations) {
    const { data, metrics } = evaluation;
    mistakes.push(...evaluationMistakes(evaluation, stage, readData));
    const measured = stage.heads.filter(({ name }) => metrics.some(({ head }) => head === name));
    const dataSet = opened.get(data);
    if (dataSet !== undefined) mistakes.push(...(await codeMistakes(stage.model, measured, dataSet)));
  }
  mistakes.push(...maskReaders(readers, { opened, highest }).flatMap(maskMistakes));
  const words = await Promise.all(readers.models.map(inspectVocabulary));
  mistakes.push(...words.flatMap((each) => each.mistakes));
  const reports = words.flatMap(({ report }) => report ?? []);
  return {
    mistakes: distinct(mistakes),
    blocks,
    doubts,
    vocabularies: [...new Map(reports.map((report) => [report.file, report])).values()],
  };
}

/** Each head that reads masks, with each of its data blocks. */
function maskReaders(
  { stages, evaluations }: Readers,
  { opened, highest }: { opened: ReadonlyMap<DataSpec, DataSet>; highest: ReadonlyMap<DataSpec, Decoded["highest"]> },
): MaskReader[] {
  const uses = [
    ...stages.map(({ learn, data }) => ({ heads: learn.map(({ head }) => head), data })),
    ...evaluations.map(({ evaluation: { data }, stage: { heads } }) => ({ heads, data: [data] })),
  ];
  const readersOf = ({ heads, data }: (typeof uses)[number]): MaskReader[] =>
    data.flatMap((spec) => {
      const [dataSet, own] = [opened.get(spec), highest.get(spec)];
      if (dataSet === undefined || own === undefined) return [];
      const readMasks = heads.filter((head) => ruleOf(head).needs(head).includes("mask"));
      return readMasks.map((head) => ({ head, spec, dataSet, highest: own }));
    });
  return uses.flatMap(readersOf);
}
