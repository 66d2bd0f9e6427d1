// What the language knows and this version does not run, reported at its line before anything runs. The checker passes
// it: `check`, `plan` and `show` work with the whole language.
import {
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

/** Why no program can be made of a stage: V952. */
export function cannotBuild({ model, learn }: StageSpec): VlmoError[] {
  return missingTypes(
    model,
    learn.map(({ head }) => head),
  );
}

/** Why a stage cannot be trained: V950, V952. */
export function cannotTrain(stage: StageSpec): VlmoError[] {
  return [
    ...stage.data.flatMap(supportsData),
    ...cannotBuild(stage),
    ...wrongColours(stage.model),
    ...differentMasks(stage),
    ...augmentedCodes(stage),
    ...foreignOrigin(stage),
  ];
}

/** Why an evaluation of `stage` cannot be run: V950, V952. */
export function cannotEvaluate({ data, metrics }: EvaluationSpec, { model, heads }: StageSpec): VlmoError[] {
  const measured = heads.filter(({ name }) => metrics.some(({ head }) => head === name));
  return [
    ...supportsData(data),
    ...missingTypes(model, measured),
    ...wrongColours(model),
    ...metrics.flatMap((metric) => badMetric(metric, measured)),
  ];
}

/** Why data blocks cannot be opened: V950. */
export function cannotOpen(data: readonly DataSpec[]): VlmoError[] {
  return data.flatMap(supportsData);
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

function wrongColours({ image }: ModelSpec): VlmoError[] {
  if (image === null || image.channels === 3) return [];
  const reason = "images of a data set have three channels, red, green and blue";
  const help = "write `channels: 3`, or leave it out";
  return [vlmoError("V952", { what: `\`channels: ${image.channels}\``, reason }, { span: image.span, help })];
}

/** Masked texts and patches are made once for a batch, as one of the heads asks. */
function differentMasks({ learn }: StageSpec): VlmoError[] {
  const heads = learn.map(({ head }) => head);
  return (["maskedTokens", "maskedPatches", "patchCodes"] as const).flatMap((masked) => {
    const maskOf = (head: HeadSpec): string | undefined => JSON.stringify(ruleOf(head).wants(head)[masked]);
    const [first, ...others] = heads.filter((head) => maskOf(head) !== undefined);
    if (first === undefined) return [];
    const different = others.filter((head) => maskOf(head) !== maskOf(first));
    return different.map(({ name, span }) => {
      const what = `the mask of the head \`${name}\``;
      const reason = `\`${first.name}\` of the same stage masks in another way, and a batch is masked once`;
      const help = `give it the same mask as \`${first.name}\`, or learn the two in stages of their own`;
      return vlmoError("V952", { what, reason }, { span, help });
    });
  });
}

function foreignOrigin({ name, from }: StageSpec): VlmoError[] {
  if (from.kind !== "checkpoint") return [];
  const { path, layout, drop, fresh, span } = from;
  if (layout !== "vlmo_ts") {
    const reason = "training begins from checkpoints of this program only";
    const help =
      `first \`vlmo import ${path} --spec FILE --stage ${name} --layout ${layout} --out imported\`, then write ` +
      '`from checkpoint("imported")`';
    return [vlmoError("V952", { what: `\`layout: ${layout}\``, reason }, { span, help })];
  }
  if (drop.length + fresh.length === 0) return [];
  const what = drop.length > 0 ? "`drop`" : "`fresh`";
  const reason = "this version takes over every tensor of the checkpoint that the stage has, by name";
  const help = "leave it out; what the checkpoint lacks is newly initialised";
  return [vlmoError("V952", { what: `${what} of a checkpoint`, reason }, { span, help })];
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
  return name === "consistency"
    ? { reason: "this version does not compute it", help: "measure `accuracy`" }
    : undefined;
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
