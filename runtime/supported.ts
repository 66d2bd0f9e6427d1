// What the language knows and this version does not run, reported at its line before anything runs. The checker passes
// it: `check`, `plan` and `show` work with the whole language.
import {
  isLowered,
  ruleOf,
  weightsFileOf,
  type DataSpec,
  type EvaluationSpec,
  type HeadSpec,
  type MetricSpec,
  type ModelSpec,
  type StageSpec,
} from "../compiler/index.js";
import { supportsData } from "./data/open-block.js";
import { allOf, distinct, vlmoError, type VlmoError } from "./errors/vlmo-error.js";

/** Throws all errors as one, each reported once; nothing where there is none. */
export function refuse(errors: readonly VlmoError[]): void {
  const each = distinct(errors);
  if (each.length > 0) throw allOf(each);
}

/** Why no program can be made of a stage: V951, V952. */
export function cannotBuild({ model, learn }: StageSpec): VlmoError[] {
  return withHeads(
    model,
    learn.map(({ head }) => head),
  );
}

function withHeads(model: ModelSpec, heads: readonly HeadSpec[]): VlmoError[] {
  return [...heads.flatMap(cannotLower), ...missingTypes(model, heads)];
}

/** Why a stage cannot be trained: V950, V951, V952. */
export function cannotTrain(stage: StageSpec): VlmoError[] {
  return [...stage.data.flatMap(supportsData), ...cannotBuild(stage), ...augmentedCodes(stage)];
}

/** Why an evaluation of `stage` cannot be run: V950, V951, V952. */
export function cannotEvaluate({ data, metrics }: EvaluationSpec, { model, heads }: StageSpec): VlmoError[] {
  const measured = heads.filter(({ name }) => metrics.some(({ head }) => head === name));
  return [
    ...supportsData(data),
    ...withHeads(model, measured),
    ...metrics.flatMap((metric) => badMetric(metric, measured)),
  ];
}

/** Why data blocks cannot be opened: V950. */
export function cannotOpen(data: readonly DataSpec[]): VlmoError[] {
  return data.flatMap(supportsData);
}

function cannotLower({ name, kind, span }: HeadSpec): VlmoError[] {
  return isLowered(kind) ? [] : [vlmoError("V951", { head: name, kind }, { span })];
}

/** Codes in a file are those of images as they are; of a part of one, or of one with other colours, they say nothing. */
function augmentedCodes({ learn, augment }: StageSpec): VlmoError[] {
  const [step] = augment;
  const heads = learn.map(({ head }) => head).filter((head) => ruleOf(head).wants(head).patchCodes !== undefined);
  if (step === undefined) return [];
  return heads.map(({ name, span }) => {
    const what = `\`${step.kind}\` with the codes that \`${name}\` reads of a file`;
    const reason = "they are those of the images as they are, and the model would see others";
    const help =
      "leave `augment` out, or take the codes of a `visual_tokenizer`, which sees the same images as the model";
    return vlmoError("V952", { what, reason }, { span, help });
  });
}

function missingTypes({ image, name }: ModelSpec, heads: readonly HeadSpec[]): VlmoError[] {
  const second = heads.find(({ features }) => features.some((feature) => feature.image === 2));
  if (second === undefined || image === null || image.types > 1) return [];
  const reason = `it reads a second image, and the model \`${name}\` has one type for all images`;
  const help = "write `with { image { types: 2 } }` in the stage";
  return [vlmoError("V952", { what: `the head \`${second.name}\``, reason }, { span: second.span, help })];
}

function badMetric({ name, head: named, span }: MetricSpec, heads: readonly HeadSpec[]): VlmoError[] {
  const head = heads.find((entry) => entry.name === named);
  const refusal = notComputed(name) ?? (head === undefined ? undefined : unmeasurable(name, head));
  if (refusal === undefined) return [];
  const { reason, help } = refusal;
  return [vlmoError("V952", { what: `the metric \`${name}\``, reason }, { span, help })];
}

/** Why a metric cannot be measured, and what can. */
interface Refusal {
  readonly reason: string;
  readonly help: string;
}

function notComputed(name: MetricSpec["name"]): Refusal | undefined {
  const reason = "this version does not compute it";
  if (name === "consistency") return { reason, help: "measure `accuracy`" };
  return name === "mean_iou" ? { reason, help: "leave it out" } : undefined;
}

function unmeasurable(name: MetricSpec["name"], head: HeadSpec): Refusal | undefined {
  if (head.kind === "masked_patches" && head.targets.kind === "pixels") {
    const reason = `\`${head.name}\` predicts pixels, of which none is right or wrong`;
    return { reason, help: "leave it out, or predict codes: `targets: tokens(…)`" };
  }
  if (name === "reconstruction" && weightsFileOf(head) !== null) {
    return { reason: `\`${head.name}\` is an encoder of a file, which has no decoder`, help: "measure `codebook`" };
  }
  const of = ruleOf(head).classes?.(head).of;
  if (name === "accuracy" && of === "answers") {
    const reason = `\`${head.name}\` has \`loss: bce\`, whose answers have scores and no single right one`;
    return { reason, help: "measure `vqa_score`" };
  }
  if (name === "vqa_score" && of === "classes") {
    const reason = `\`${head.name}\` learns one right class, and the metric wants answers with scores`;
    return { reason, help: "measure `accuracy`, or write `loss: bce` in the head" };
  }
  return undefined;
}
