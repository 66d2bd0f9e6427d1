// What the language knows and this version does not run, reported at its line before anything runs. The checker passes
// it: `check`, `plan` and `show` work with the whole language.
import {
  isLowered,
  ruleOf,
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
  return [
    ...stage.data.flatMap(supportsData),
    ...cannotBuild(stage),
    ...wrongColours(stage.model),
    ...differentMasks(stage),
    ...foreignOrigin(stage),
  ];
}

/** Why an evaluation of `stage` cannot be run: V950, V951, V952. */
export function cannotEvaluate({ data, metrics }: EvaluationSpec, { model, heads }: StageSpec): VlmoError[] {
  const measured = heads.filter(({ name }) => metrics.some(({ head }) => head === name));
  return [
    ...supportsData(data),
    ...withHeads(model, measured),
    ...wrongColours(model),
    ...metrics.flatMap((metric) => badMetric(metric, measured)),
  ];
}

/** Why data blocks cannot be opened: V950. */
export function cannotOpen(data: readonly DataSpec[]): VlmoError[] {
  return data.flatMap(supportsData);
}

function cannotLower(head: HeadSpec): VlmoError[] {
  const { name, kind, span } = head;
  if (!isLowered(kind)) return [vlmoError("V951", { head: name, kind }, { span })];
  if (head.kind !== "masked_patches" || head.targets.kind === "pixels") return [];
  const reason = "the codes of a visual tokenizer are not computed in this version";
  const help = "write `targets: pixels`, which needs no tokenizer";
  return [vlmoError("V952", { what: `\`targets: tokens\` of the head \`${name}\``, reason }, { span, help })];
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
  return (["maskedTokens", "maskedPatches"] as const).flatMap((masked) => {
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
  const what = `the metric \`${name}\``;
  if (name === "consistency") {
    const reason = "this version does not compute it";
    return [vlmoError("V952", { what, reason }, { span, help: "measure `accuracy`" })];
  }
  const of = head && ruleOf(head).classes?.(head).of;
  if (head === undefined || of === undefined) return [];
  if (name === "accuracy" && of === "answers") {
    const reason = `\`${head.name}\` has \`loss: bce\`, whose answers have scores and no single right one`;
    return [vlmoError("V952", { what, reason }, { span, help: "measure `vqa_score`" })];
  }
  if (name === "vqa_score" && of === "classes") {
    const reason = `\`${head.name}\` learns one right class, and the metric wants answers with scores`;
    return [
      vlmoError("V952", { what, reason }, { span, help: "measure `accuracy`, or write `loss: bce` in the head" }),
    ];
  }
  return [];
}
