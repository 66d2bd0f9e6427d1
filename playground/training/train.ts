// Trains a stage and those it starts from, one after another, as `vlmo train` would for their first steps: with the same loop
// and learner, on generated data.
import {
  checkSpec,
  parametersOf,
  sizeOf,
  stageHandOver,
  withPredecessors,
  type DataSpec,
  type Spec,
  type StageSpec,
} from "../../compiler/index.js";
import {
  concatenated,
  createTokenizer,
  drawHere,
  handedByStage,
  learnVocabulary,
  nothingHanded,
  openShapes,
  silent,
  startFrom,
  trainInMemory,
  VlmoError,
  type DataSet,
  type Engine,
  type StepEvent,
  type Tensors,
  type Tokenizer,
} from "../../runtime/in-page.js";
import { accessTo } from "../files.js";
import type { StepNews, TrainNews, TrainRequest } from "../messages.js";
import { generated } from "../stages.js";
import { examplesOf } from "./examples.js";
import { createDrawer } from "./pixels.js";

/** The inputs of a training, and where it reports progress. */
interface Surroundings {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly tell: (news: TrainNews) => void;
}

/** Trains until the end, or until the signal. Throws VlmoError. */
export async function trainAll({ texts, path, stage: name, steps }: TrainRequest, around: Surroundings): Promise<void> {
  const { spec } = checkSpec(path, accessTo(new Map(texts)));
  const last = spec?.stages.get(name);
  if (spec === null || last === undefined) throw new Error(`internal: no stage ${name} in ${path}`);
  const stages = withPredecessors(spec, [last]);
  around.tell({ kind: "doing", what: "generating the scenes …" });
  const world = await openWorld(stages, spec);
  const images = createDrawer();
  let before: Tensors = new Map();
  for (const stage of stages) {
    if (around.signal.aborted) return;
    const dataSet = await world.ofStage(stage);
    const start = await startOf(stage, spec, before);
    announce(stage, around);
    before = await trainInMemory({
      stage,
      duration: { unit: "steps", value: steps },
      dataSet,
      tokenizer: world.tokenizer,
      engine: around.engine,
      images,
      start,
      signal: around.signal,
      listener: { ...silent, step: (event) => around.tell({ kind: "step", event: newsOf(event, steps) }) },
    });
    if (around.signal.aborted) return;
    around.tell({ kind: "doing", what: `asking ${stage.name} about held-out scenes …` });
    const learnt = { stage, parameters: before, tokenizer: world.tokenizer, engine: around.engine, images };
    const markup = await examplesOf(learnt);
    if (markup !== null) around.tell({ kind: "examples", markup });
  }
}

interface World {
  readonly tokenizer: Tokenizer | null;
  ofStage(stage: StageSpec): Promise<DataSet>;
}

/**
 * All data of some stages, each block once; where they read texts, a vocabulary from all texts of the specification's stages.
 */
async function openWorld(stages: readonly StageSpec[], spec: Spec): Promise<World> {
  const shelf = new Map<string, Promise<DataSet>>();
  const block = (data: DataSpec): Promise<DataSet> => {
    const key = JSON.stringify([data.kind, data.settings]);
    const opened = shelf.get(key) ?? openShapes(data.kind, generated(data).settings);
    shelf.set(key, opened);
    return opened;
  };
  const ofStage = async ({ data, weights }: StageSpec): Promise<DataSet> =>
    concatenated(await Promise.all(data.map(block)), weights);
  const own = await Promise.all(stages.map(ofStage));
  if (own.every(({ supplies }) => !supplies.has("text"))) return { ofStage, tokenizer: null };
  const all = [...spec.stages.values()].filter(({ data }) => data.every(({ format }) => format === "shapes"));
  const size = stages.flatMap(({ model }) => model.text?.tokenizer.vocabulary ?? [])[0] ?? 0;
  const texts = textsOf(await Promise.all(all.map(ofStage)));
  return { ofStage, tokenizer: createTokenizer(await learnVocabulary(texts, size)) };
}

function* textsOf(sets: readonly DataSet[]): Generator<string> {
  for (const set of sets) {
    if (!set.supplies.has("text")) continue;
    for (let i = 0; i < set.length; i++) yield set.item(i).text ?? "";
  }
}

async function startOf(stage: StageSpec, spec: Spec, before: Tensors): Promise<Tensors> {
  const handOver = stageHandOver(stage, spec);
  const handed = handOver === null ? nothingHanded : handedByStage(stage, handOver, before);
  const specs = parametersOf(stage.model, stage.heads);
  return startFrom(stage, specs, { handed, read: new Map(), draw: drawHere }).parameters;
}

function announce(stage: StageSpec, { tell, engine }: Surroundings): void {
  const trained = parametersOf(stage.model, stage.heads).filter(({ name }) => stage.trained.has(name));
  const parameters = trained.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  tell({ kind: "stage", name: stage.name, parameters, engine: engine.description });
}

function newsOf(
  { stage, step, steps, losses, lr, gradientNorm, seconds, itemsPerSecond }: StepEvent,
  most: number,
): StepNews {
  return {
    stage,
    step,
    steps: Math.min(steps, most),
    losses: shownLosses(losses),
    lr,
    gradientNorm,
    seconds,
    itemsPerSecond,
  };
}

/** The total first; a single loss is the total. */
function shownLosses(losses: StepEvent["losses"]): StepNews["losses"] {
  const heads = [...losses].filter(([name]) => name !== "total");
  return [["total", losses.get("total") ?? NaN], ...(heads.length > 1 ? heads : [])];
}

/** The message of an error. */
export function wordsOf(error: unknown): string {
  if (error instanceof VlmoError) return `${error.code} ${error.message}; ${error.help}`;
  return error instanceof Error ? error.message : String(error);
}
