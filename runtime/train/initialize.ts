// The initial parameters of a stage: handed on by its predecessor, resized by a named rule, copied, or new.
import type { CopySpec, ParameterSpec, StageSpec } from "../../compiler/index.js";
import type { Tensor, Tensors } from "../tensor.js";
import { drawAll, type Drawing } from "./draw.js";
import { tokenizerTensors } from "./tokenizer-file.js";

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

/** How each parameter of a stage was initialised, for the manifest and for people. */
export type InitialSource = "kept" | "copied" | "newly initialised" | "read from a file" | `resized (${string})`;

/** Parameters with how each was initialised. */
export interface Start {
  readonly parameters: Map<string, Tensor>;
  readonly beginnings: ReadonlyMap<string, InitialSource>;
}

/** Parameters of `stage`, which holds `specs`, from what it takes over and the files of its tokenizers. */
export async function startParameters(
  stage: StageSpec,
  specs: readonly ParameterSpec[],
  handed: Handed,
): Promise<Start> {
  const read = await tokenizerTensors(stage, handed.tensors);
  return startFrom(stage, specs, { handed, read, draw: drawAll });
}

/** Where the initial values of a stage's parameters come from. */
export interface Origins {
  readonly handed: Handed;
  /** From files of tokenizers. */
  readonly read: Tensors;
  /** Draws what nothing else gives. */
  readonly draw: (missing: readonly Drawing[], seed: number) => Promise<Tensors>;
}

/** As `startParameters`, where files are read already. */
export async function startFrom(
  stage: StageSpec,
  specs: readonly ParameterSpec[],
  { handed: { tensors: handed, resized, before }, read, draw }: Origins,
): Promise<Start> {
  const parameters = new Map<string, Tensor>();
  const beginnings = new Map<string, InitialSource>();
  const given = (name: string): Tensor | undefined => handed.get(name) ?? read.get(name);
  const missing = specs.filter(({ name }) => given(name) === undefined);
  const drawn = await draw(missing, stage.seed);
  for (const spec of specs) {
    const tensor = given(spec.name);
    const rule = resized.get(spec.name);
    const value = tensor === undefined ? drawn.get(spec.name) : copyOf(tensor);
    if (value === undefined) throw new Error(`internal: ${spec.name} was not drawn`);
    parameters.set(spec.name, value);
    const taken = read.has(spec.name) ? "read from a file" : "kept";
    beginnings.set(
      spec.name,
      tensor === undefined ? "newly initialised" : rule === undefined ? taken : `resized (${rule})`,
    );
  }
  for (const copy of stage.copies) {
    const [to, from] = [parameters.get(copy.to), before.get(copy.from) ?? parameters.get(copy.from)];
    // The checker has compared the shapes; what the predecessor holds is never overwritten.
    if (to === undefined || from === undefined || (copy.row === undefined && handed.has(copy.to))) continue;
    copyInto(to, from, copy.row);
    beginnings.set(copy.to, "copied");
  }
  return { parameters, beginnings };
}

/** The whole of `from`, or one of its rows. */
function copyInto(to: Tensor, from: Tensor, row: CopySpec["row"]): void {
  if (row === undefined) {
    to.data.set(from.data);
    return;
  }
  const width = to.data.length / (to.shape[0] ?? 1);
  to.data.set(from.data.subarray(row.from * width, (row.from + 1) * width), row.to * width);
}

function copyOf(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() };
}
