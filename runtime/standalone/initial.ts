// The initial values of a stage, as far as they are known before training: all of them, or the rules by which they are taken
// over from the previous stage.
import {
  parametersOf,
  stageHandOver,
  type ParameterSpec,
  type Spec,
  type StageHandOver,
  type StageSpec,
} from "../../compiler/index.js";
import { layoutContext, resizeBy, type Manifest } from "../checkpoint/index.js";
import { float32, type Tensor } from "../tensor.js";
import { handedByFile, isFromFile } from "../train/from-file.js";
import { nothingHanded, startParameters } from "../train/initialize.js";
import { hashOf } from "../train/run-folder.js";
import { unsupported } from "./unsupported.js";

/** The initial values of a stage. */
export interface Beginning {
  /** Initial tensors; for tables resized to another size, the matrix of the interpolation, as `fit.NAME`. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The previous stage, and the tensors copied from it unchanged; null where `tensors` are complete. */
  readonly from: { readonly stage: string; readonly hash: string; readonly kept: readonly string[] } | null;
  /** Provenance of tensors that come from a file. */
  readonly earlier: Manifest["provenance"] | null;
}

/** The initial values of a stage. Throws V646 where the previous stage reads images with other channels. */
export async function beginningOf(stage: StageSpec, spec: Spec): Promise<Beginning> {
  const specs = parametersOf(stage.model, stage.heads);
  const file = isFromFile(stage) ? await handedByFile(stage, spec) : null;
  const handOver = stageHandOver(stage, spec);
  if (file !== null || handOver === null) {
    const { parameters } = await startParameters(stage, specs, file?.handed ?? nothingHanded);
    return { tensors: await parameters, from: null, earlier: file?.provenance ?? null };
  }
  return after(stage, specs, handOver);
}

async function after(stage: StageSpec, specs: readonly ParameterSpec[], handOver: StageHandOver): Promise<Beginning> {
  const { before, fates } = handOver;
  const how = ({ name }: ParameterSpec) => fates.get(name)?.how;
  const kept = specs.filter((each) => how(each) === "kept");
  const resized = specs.filter((each) => how(each) === "resized");
  // python/beginning.py takes over and copies these tensors.
  const handed = new Map([...kept, ...resized].map(({ name }) => [name, float32([0])] as const));
  const rest = specs.filter(({ name }) => !handed.has(name));
  const { parameters } = await startParameters({ ...stage, copies: [] }, rest, { ...nothingHanded, tensors: handed });
  const fitted = resized.map((each) => [`fit.${each.name}`, matrixFor(each, stage, handOver)] as const);
  return {
    tensors: new Map([...(await parameters), ...fitted]),
    from: { stage: before.name, hash: hashOf(before), kept: kept.map(({ name }) => name) },
    earlier: null,
  };
}

/** The matrix [rows, previous rows] of a resizing rule: the rule applied to the identity. */
function matrixFor({ name, shape }: ParameterSpec, stage: StageSpec, { before, fates }: StageHandOver): Tensor {
  const fate = fates.get(name);
  const old = parametersOf(before.model, before.heads).find((each) => each.name === name);
  if (fate?.how !== "resized" || old === undefined) throw new Error(`internal: ${name} is not resized`);
  if (fate.by === "channels") throw unsupported(stage, "reads images of other channels than the stage before");
  const rows = old.shape.slice(0, -1).reduce((product, each) => product * each, 1);
  const [got, wanted] = [
    [...old.shape.slice(0, -1), rows],
    [...shape.slice(0, -1), rows],
  ];
  const change = {
    got,
    wanted,
    context: layoutContext(stage.model, stage.heads),
    before: layoutContext(before.model, before.heads),
  };
  const apply = resizeBy(fate.by, change);
  if (apply === undefined) throw new Error(`internal: ${name} was let pass`);
  const identity = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
  const { data } = apply(float32(got, identity), wanted);
  return { dtype: "float32", shape: [data.length / rows, rows], data };
}
