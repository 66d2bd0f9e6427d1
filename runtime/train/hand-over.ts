// What a stage takes over: tensors of the stage before, by the same bookkeeping that `plan` shows, or of a checkpoint that
// the specification names. Every hand-over is tried on shapes before the first stage starts.
import path from "node:path";
import {
  parametersOf,
  ruleOf,
  sizeOf,
  stageHandOver,
  type ParameterSpec,
  type Spec,
  type StageHandOver,
  type StageSpec,
  weightsFileOf,
} from "../../compiler/index.js";
import {
  importCheckpoint,
  openCheckpoint,
  layoutContext,
  layouts,
  memorySource,
  planImport,
  resizeBy,
  resizeNames,
  ImportError,
  type ImportTarget,
  type TensorSource,
} from "../checkpoint/index.js";
import { float32, type Tensor, type Tensors } from "../tensor.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { tryTokenizers } from "./tokenizer-file.js";

/** Tensors that a stage takes over, fitted to its shapes; what is not here is newly initialised, or a copy. */
export interface Handed {
  readonly tensors: Tensors;
  /** By tensor: the rule that resized it. */
  readonly resized: ReadonlyMap<string, string>;
  /** All that the giver holds, for copies. */
  readonly before: Tensors;
}

/** Of a stage from scratch. */
export const nothingHanded: Handed = { tensors: new Map(), resized: new Map(), before: new Map() };

/** What the stage before hands on; `before` are its tensors. Throws V926 where they are not as that stage has them. */
export function handedByStage(
  stage: StageSpec,
  { before: giver, fates }: Pick<StageHandOver, "before" | "fates">,
  before: Tensors,
): Handed {
  const tensors = new Map<string, Tensor>();
  const resized = new Map<string, string>();
  for (const spec of parametersOf(stage.model, stage.heads)) {
    const fate = fates.get(spec.name);
    if (fate?.how !== "kept" && fate?.how !== "resized") continue;
    const tensor = before.get(spec.name);
    if (tensor === undefined) throw lacking(giver, spec);
    tensors.set(spec.name, fate.how === "kept" ? tensor : fitted(tensor, spec, fate.by, { giver, stage }));
    if (fate.how === "resized") resized.set(spec.name, fate.by);
  }
  return { tensors, resized, before };
}

function lacking({ name: file }: StageSpec, { name }: ParameterSpec): Error {
  return vlmoError("V926", { file, problems: `it does not hold \`${name}\`` });
}

interface Ends {
  readonly giver: StageSpec;
  readonly stage: StageSpec;
}

function fitted(
  tensor: Tensor,
  { name, shape }: ParameterSpec,
  rule: Parameters<typeof resizeBy>[0],
  { giver, stage }: Ends,
): Tensor {
  const change = {
    got: tensor.shape,
    wanted: shape,
    context: layoutContext(stage.model, stage.heads),
    before: layoutContext(giver.model, giver.heads),
  };
  const apply = resizeBy(rule, change);
  if (apply === undefined) {
    const problems = `\`${name}\` is [${tensor.shape.join(", ")}] and cannot become [${shape.join(", ")}]`;
    throw vlmoError("V926", { file: giver.name, problems }, { span: stage.span });
  }
  return apply(tensor, shape);
}

/** What a checkpoint of ours hands on: every tensor that the stage has too. Throws V926. */
export async function handedByCheckpoint(stage: StageSpec, folder: string, before: Tensors): Promise<Handed> {
  const { source, target } = taking(stage, folder, memorySource(folder, before));
  const { tensors, report } = await importCheckpoint(source, target, { resize: resizeNames });
  const resized = report.used.flatMap((each) =>
    each.resized === undefined ? [] : [[each.name, each.resized] as const],
  );
  return { tensors, resized: new Map(resized), before };
}

/** A source and the parameters of a stage that it holds. Throws V926 where it lacks a tokenizer whose codes are read. */
function taking(
  { model, heads, learn }: StageSpec,
  folder: string,
  source: TensorSource,
): { source: TensorSource; target: ImportTarget } {
  for (const { head } of learn) {
    const coder = ruleOf(head).codesFrom?.(head);
    if (coder === undefined || coder === null || weightsFileOf(coder) !== null) continue;
    const prefix = `heads.${coder.parametersOf}.`;
    if (learn.some((each) => each.head.parametersOf === coder.parametersOf)) continue;
    const lacks = parametersOf(model, heads).find(({ name }) => name.startsWith(prefix) && !source.shapes.has(name));
    if (lacks === undefined) continue;
    const problems = `it does not hold \`${lacks.name}\`, and \`${head.name}\` predicts the codes of \`${coder.name}\``;
    throw vlmoError("V926", { file: folder, problems }, { span: head.span, help: `learn \`${coder.name}\` before` });
  }
  const targets = parametersOf(model, heads).filter(({ name }) => source.shapes.has(name));
  const wanted = new Set(targets.map(({ name }) => name));
  const shapes = new Map([...source.shapes].filter(([name]) => wanted.has(name)));
  return {
    source: { ...source, shapes },
    target: { layout: layouts.vlmo_ts, targets, context: layoutContext(model, []) },
  };
}

/** Tries what a stage will take over, on shapes alone. Throws V926, and V927–V929 where a checkpoint cannot be used. */
export async function tryHandOver(stage: StageSpec, spec: Spec): Promise<void> {
  await tryTokenizers(stage);
  if (stage.from.kind === "checkpoint") return tryCheckpoint(stage, checkpointPath(stage.from));
  const handOver = stageHandOver(stage, spec);
  if (handOver !== null) tryStage(stage, handOver);
}

async function tryCheckpoint(stage: StageSpec, folder: string): Promise<void> {
  const { parameters } = await openCheckpoint(folder);
  try {
    const { source, target } = taking(stage, folder, parameters);
    const { problems } = planImport(source, target, { resize: resizeNames });
    if (problems.length > 0) throw new ImportError(folder, problems);
  } finally {
    await parameters.close();
  }
}

/** Hands tensors of zeros on to a stage as its predecessor will hand its own. */
function tryStage(stage: StageSpec, { before: giver, fates }: StageHandOver): void {
  const resized = ({ name }: ParameterSpec): boolean => fates.get(name)?.how === "resized";
  const zeros = parametersOf(giver.model, giver.heads)
    .filter((parameter) => resized(parameter))
    .map(({ name, shape }) => [name, float32(shape, new Float32Array(sizeOf(shape)))] as const);
  const onlyResized = new Map([...fates].filter(([, { how }]) => how === "resized"));
  handedByStage(stage, { before: giver, fates: onlyResized }, new Map(zeros));
}

/** The folder of `from checkpoint("…")`: paths start where the specification is. */
export function checkpointPath(from: Extract<StageSpec["from"], { kind: "checkpoint" }>): string {
  return path.resolve(path.dirname(from.span.file.path), from.path);
}
