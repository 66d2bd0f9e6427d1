// A specification scaled down to run in seconds, and otherwise unchanged: the same heads, experts, freezing,
// hand-overs, objectives and evaluations (docs/rehearsal.md has the rules). Trained parameters are mapped by name from
// the checked stage, so that nothing is decided a second time.
import { ruleOf } from "../heads/index.js";
import { patchesPerSide } from "../spec/geometry.js";
import { memoized } from "../spec/memoize.js";
import { parametersOf } from "../spec/parameter-list.js";
import type { Duration } from "../spec/duration.js";
import type {
  CopySpec,
  DataSpec,
  EvaluationSpec,
  ExpertSpec,
  HeadSpec,
  ModelSpec,
  OptimizerSpec,
  PositionSpec,
  ScheduleSpec,
  Spec,
  StageSpec,
  ValidateSpec,
  WindowsSpec,
} from "../spec/spec.js";
import { depthsOf, nameBefore, type Depth } from "./layers.js";

/** Target sizes. */
export interface NarrowOptions {
  /** Largest width of the models. */
  readonly width: number;
  /** Optimizer steps per stage. */
  readonly steps: number;
}

/**
 * Upper limits: patch side in pixels, samples per micro-batch, micro-batches per batch, vocabulary size, and the width
 * of a head's hidden layer relative to the model's.
 */
const most = { patch: 8, micro: 4, microBatches: 2, vocabulary: 160, ratio: 2 } as const;

/** The scaled-down specification. Its names, and the spans for messages, are those of `spec`. */
export function narrowSpec(spec: Spec, options: NarrowOptions): Spec {
  const narrow = createNarrowing(spec, options);
  const mapped = <T>(map: ReadonlyMap<string, T>, make: (value: T) => T): Map<string, T> =>
    new Map([...map].map(([name, value]) => [name, make(value)]));
  return {
    ...spec,
    models: mapped(spec.models, narrow.model),
    heads: mapped(spec.heads, narrow.head),
    stages: mapped(spec.stages, narrow.stage),
    evaluations: mapped(spec.evaluations, narrow.evaluation),
    data: mapped(spec.data, uncounted),
  };
}

function createNarrowing(spec: Spec, { width, steps }: NarrowOptions) {
  const depths = depthsOf(spec);
  const models = [...spec.models.values(), ...[...spec.stages.values()].map((stage) => stage.model)];
  const sides = ranked(
    models.flatMap((model) => (model.image === null ? [] : patchesPerSide(model))),
    4,
    2,
  );
  const lengths = ranked(models.flatMap(textLengths), 12, 4);
  const widest = Math.max(...models.map((model) => model.width), 1);
  const depthOf = (model: ModelSpec): Depth => {
    const depth = depths.get(model.layers);
    if (depth === undefined) throw new Error(`internal: no depth for ${model.layers} layers`);
    return depth;
  };
  const model = memoizing((old: ModelSpec): ModelSpec => {
    const to = Math.min(old.width, width);
    return {
      ...old,
      layers: depthOf(old).kept.length,
      width: to,
      attention: {
        ...old.attention,
        heads: divisorAtMost(to, old.attention.heads),
        position: narrowPosition(old.attention.position, lengths),
      },
      experts: old.experts.map((expert) => narrowExpert(expert, depthOf(old), to)),
      image: old.image && narrowImage(old, old.image, sides),
      text: old.text && {
        ...old.text,
        length: lengths(old.text.length),
        tokenizer: { ...old.text.tokenizer, vocabulary: Math.min(old.text.tokenizer.vocabulary, most.vocabulary) },
      },
    };
  });
  const head = memoizing((old: HeadSpec): HeadSpec => {
    const features = old.features.map((feature) => ({ ...feature, layer: renumbered(feature.layer, depths) }));
    const narrowed = { ...old, features };
    const to = Math.min(width, widest);
    // The width of a head may be many times that of its model: a pyramid's 512 channels would take most of a step.
    const scale = (size: number): number => Math.max(1, Math.min(Math.round((size * to) / widest), most.ratio * to));
    return ruleOf(old).narrowed?.(narrowed, { size: scale }) ?? narrowed;
  });
  const stage = (old: StageSpec): StageSpec => narrowStage(old, { model, head, steps, depth: depthOf(old.model) });
  const evaluation = (old: EvaluationSpec): EvaluationSpec => {
    const before = spec.stages.get(old.stage)?.model;
    const share = (before && model(before).image?.size) ?? 1;
    return narrowEvaluation(old, share / (before?.image?.size ?? 1));
  };
  return { model, head, stage, evaluation };
}

/** Layers named by features are kept in all depths that have them, so that any of these depths gives the new number. */
function renumbered(layer: number | null, depths: ReadonlyMap<number, Depth>): number | null {
  if (layer === null) return null;
  const depth = [...depths].find(([count]) => layer <= count)?.[1];
  return depth?.renumbered(layer) ?? layer;
}

interface StageNarrowing {
  readonly model: (model: ModelSpec) => ModelSpec;
  readonly head: (head: HeadSpec) => HeadSpec;
  readonly depth: Depth;
  readonly steps: number;
}

function narrowStage(old: StageSpec, { model, head, depth, steps }: StageNarrowing): StageSpec {
  const [small, heads] = [model(old.model), old.heads.map(head)];
  const names = new Map(parametersOf(small, heads).map((parameter) => [nameBefore(parameter, depth), parameter.name]));
  const renamed = (set: ReadonlySet<string>): Set<string> => new Set([...set].flatMap((name) => names.get(name) ?? []));
  const micro = Math.min(old.micro, most.micro);
  return {
    ...old,
    model: small,
    heads,
    from: old.from.kind === "checkpoint" ? { ...old.from, freshTensors: renamed(old.from.freshTensors) } : old.from,
    data: old.data.map(uncounted),
    learn: old.learn.map((objective) => ({ ...objective, head: head(objective.head) })),
    trained: renamed(old.trained),
    frozen: renamed(old.frozen),
    unreached: renamed(old.unreached),
    copies: old.copies.flatMap((copy) => renamedCopy(copy, names)),
    micro,
    batch: micro * Math.min(Math.ceil(old.batch / old.micro), most.microBatches),
    duration: { unit: "steps", value: steps },
    schedule: narrowSchedule(old.schedule),
    optimizer: renamedFactors(old.optimizer, names),
    validate: old.validate && narrowValidate(old.validate, steps),
  };
}

function renamedCopy(copy: CopySpec, names: ReadonlyMap<string, string>): CopySpec[] {
  const [to, from] = [names.get(copy.to), names.get(copy.from) ?? copy.from];
  return to === undefined ? [] : [{ ...copy, to, from }];
}

function renamedFactors(optimizer: OptimizerSpec, names: ReadonlyMap<string, string>): OptimizerSpec {
  const factors = [...optimizer.factors].flatMap(([name, factor]): [string, number][] => {
    const now = names.get(name);
    return now === undefined ? [] : [[now, factor]];
  });
  return { ...optimizer, factors: new Map(factors) };
}

/** One step of warm-up if there is any; a warm-up relative to the stage stays as it is. */
function narrowSchedule(schedule: ScheduleSpec): ScheduleSpec {
  const { warmup } = schedule;
  const short: Duration = warmup.unit === "stage" ? warmup : { unit: "steps", value: Math.min(1, warmup.value) };
  return { ...schedule, warmup: short };
}

/** Validates once, or after each step if early stopping is on: there a single validation without improvement ends the stage. */
function narrowValidate({ best, patience }: ValidateSpec, steps: number): ValidateSpec {
  const every = { unit: "steps", value: patience === null ? Math.max(1, steps - 1) : 1 } as const;
  return { every, best, patience: patience === null ? null : 1 };
}

/** `share`: new image side divided by the old one. */
function narrowEvaluation(old: EvaluationSpec, share: number): EvaluationSpec {
  const metrics = old.metrics.map((metric) => ({
    ...metric,
    windows: metric.windows && narrowWindows(metric.windows, share),
  }));
  return { ...old, data: uncounted(old.data), batch: Math.min(old.batch, most.micro), metrics };
}

function narrowWindows({ stride, shortSide }: WindowsSpec, share: number): WindowsSpec {
  return { stride: Math.max(1, Math.round(stride * share)), shortSide: shortSide && Math.round(shortSide * share) };
}

/** Synthetic data have their own number of samples. */
function uncounted(data: DataSpec): DataSpec {
  return { ...data, items: null };
}

function narrowExpert(expert: ExpertSpec, { renumbered: number }: Depth, width: number): ExpertSpec {
  const layers = expert.layers.map(number).filter((layer) => layer > 0);
  return { ...expert, layers, ratio: Math.max(1, Math.round(expert.ratio * width)) / width };
}

function narrowImage(model: ModelSpec, image: NonNullable<ModelSpec["image"]>, sides: Ranked): ModelSpec["image"] {
  const patch = Math.min(image.patch, most.patch);
  return { ...image, patch, size: patch * sides(patchesPerSide(model)) };
}

function narrowPosition(position: PositionSpec, lengths: Ranked): PositionSpec {
  return "span" in position ? { ...position, span: lengths(position.span) } : position;
}

/** Text lengths, and the lengths of position tables. */
function textLengths({ text, attention: { position } }: ModelSpec): number[] {
  return [...(text === null ? [] : [text.length]), ...("span" in position ? [position.span] : [])];
}

type Ranked = (size: number) => number;

/** Small sizes in the same order: equal sizes stay equal, larger ones stay larger. */
function ranked(sizes: readonly number[], first: number, step: number): Ranked {
  const sorted = [...new Set(sizes)].sort((a, b) => a - b);
  return (size) => Math.min(size, first + step * sorted.indexOf(size));
}

function divisorAtMost(whole: number, most: number): number {
  let divisor = Math.min(whole, most);
  while (whole % divisor !== 0) divisor -= 1;
  return divisor;
}

/** Memoizes by identity, so that shared objects stay shared. */
function memoizing<T extends object>(make: (value: T) => T): (value: T) => T {
  const known = new WeakMap<T, T>();
  return (value) => memoized(known, value, () => make(value));
}
