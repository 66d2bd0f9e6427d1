// The plan of a stage for the Python programs: every decision that follows from the specification, as data.
import {
  dividesPool,
  parametersOf,
  sizeOf,
  stageMeaning,
  stateNames,
  stepScalars,
  type OptimizerSpec,
  type ParameterSpec,
  type Spec,
  type StageSpec,
} from "../../compiler/index.js";
import type { ManifestFacts } from "../checkpoint/index.js";
import { recordsOf, type BatchNeeds, type DataSet, type Tokenizer } from "../data/index.js";
import { hashOf } from "../train/run-folder.js";
import { courseOf } from "../train/schedule.js";
import type { Beginning } from "./initial.js";
import { masksOf } from "./programs.js";

/** A stage before its files are written. */
export interface Known {
  readonly spec: Spec;
  readonly file: string;
  readonly version: string;
  readonly stage: StageSpec;
  readonly dataSet: DataSet;
  readonly needs: BatchNeeds;
  readonly tokenizer: Tokenizer | null;
  readonly beginning: Beginning;
}

/** The part of a stage's plan that refers to no files. */
export function stagePlan(known: Known): object {
  const { spec, stage, dataSet, needs, tokenizer, beginning } = known;
  const specs = parametersOf(stage.model, stage.heads);
  const trained = specs.filter(({ name }) => stage.trained.has(name));
  const scalars = (all: readonly ParameterSpec[]): number => all.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const { name, seed, batch, micro, mean, copies } = stage;
  return {
    ...{ name, seed, batch, micro, mean, copies },
    from: beginning.from,
    earlier: beginning.earlier,
    parameters: Object.fromEntries(specs.map((each) => [each.name, each.shape])),
    state: Object.fromEntries(
      trained.flatMap((each) => stateNames(stage.optimizer, each.name).map((state) => [state, each.name] as const)),
    ),
    counts: { trained_parameters: scalars(trained), parameters: scalars(specs) },
    corrections: correctionsOf(stage.optimizer),
    pooled: dividesPool(stage),
    masks: masksOf(stage),
    needs: needsPlan(needs, dataSet),
    special: needs.text === undefined ? null : (tokenizer?.special ?? null),
    evaluated: [...spec.evaluations.values()].some((evaluation) => evaluation.stage === name),
    facts: factsOf(known),
  };
}

/** The scalars of a step besides the learning rate: for each, the β of its bias correction 1 − β^step. */
function correctionsOf(optimizer: OptimizerSpec): Readonly<Record<string, number>> {
  const names = [...stepScalars(optimizer, 1).keys()].filter((name) => name !== "lr");
  const betas = "betas" in optimizer ? optimizer.betas : [];
  return Object.fromEntries(
    names.map((name) => {
      const beta = betas.find((each) =>
        [1, 2, 7].every((step) => stepScalars(optimizer, step).get(name) === 1 - each ** step),
      );
      if (beta === undefined) throw new Error(`internal: ${name} is no correction of a moment`);
      return [name, beta];
    }),
  );
}

function needsPlan({ image, text, maskedTokens, maskedPatches, ...needs }: BatchNeeds, dataSet: DataSet): object {
  return {
    ...(image && { image: { count: 1, augment: [], ...image } }),
    ...(text && { text: { length: text.length } }),
    ...(maskedTokens && { maskedTokens: Object.fromEntries(maskedTokens) }),
    ...(maskedPatches && { maskedPatches: Object.fromEntries(maskedPatches) }),
    label: needs.label === true,
    answers: needs.answers === true ? (dataSet.answers?.length ?? 0) : 0,
    matches: needs.matches === true,
  };
}

/** The fields of manifests that do not change during a stage. */
function factsOf({
  stage,
  dataSet,
  file,
  version,
}: Known): Pick<ManifestFacts, "vlmo" | "spec" | "course" | "stage" | "data" | "seeds"> {
  return {
    vlmo: version,
    spec: { file, hash: hashOf(stage), meaning: stageMeaning(stage) },
    course: { ...stage.schedule, ...courseOf(stage, Math.floor(recordsOf(dataSet) / stage.batch)) },
    stage: stage.name,
    data: [...dataSet.digests].map(([name, digest]) => ({ name, ...digest })),
    seeds: { stage: stage.seed },
  };
}
