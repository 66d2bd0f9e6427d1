// What a stage takes over from the stage before, by the rules that `plan` shows (from a file: from-file.ts). Every hand-over is
// tried on shapes before the first stage starts.
import {
  parametersOf,
  sizeOf,
  stageHandOver,
  type ParameterSpec,
  type Spec,
  type StageHandOver,
  type StageSpec,
} from "../../compiler/index.js";
import { layoutContext, resizeBy } from "../checkpoint/index.js";
import { float32, type Tensor, type Tensors } from "../tensor.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { isFromFile, tryFile } from "./from-file.js";
import type { Handed } from "./initialize.js";
import { tryTokenizers } from "./tokenizer-file.js";

/** What the stage before hands on; `before` are its tensors. Throws V926 if they do not match that stage. */
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

/** Tries on shapes alone what a stage will take over. Throws V926, and V920–V929, V939 if a file cannot be used. */
export async function tryHandOver(stage: StageSpec, spec: Spec): Promise<void> {
  await tryTokenizers(stage);
  if (isFromFile(stage)) return tryFile(stage, spec);
  const handOver = stageHandOver(stage, spec);
  if (handOver !== null) tryStage(stage, handOver);
}

/** Runs the hand-over on zeros, for the tensors that are resized. */
function tryStage(stage: StageSpec, { before: giver, fates }: StageHandOver): void {
  const resized = ({ name }: ParameterSpec): boolean => fates.get(name)?.how === "resized";
  const zeros = parametersOf(giver.model, giver.heads)
    .filter((parameter) => resized(parameter))
    .map(({ name, shape }) => [name, float32(shape, new Float32Array(sizeOf(shape)))] as const);
  const onlyResized = new Map([...fates].filter(([, { how }]) => how === "resized"));
  handedByStage(stage, { before: giver, fates: onlyResized }, new Map(zeros));
}
