// The initial parameters of a stage: handed on by its predecessor, resized by a named rule, copied, or new.
import { sizeOf, type CopySpec, type Initial, type ParameterSpec, type StageSpec } from "../../compiler/index.js";
import { stream, type RandomStream } from "../random.js";
import { float32, type Tensor } from "../tensor.js";
import { inTurns, stepsTo } from "../turns.js";
import type { Handed } from "./hand-over.js";
import { tokenizerTensors } from "./tokenizer-file.js";

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
  { tensors: handed, resized, before }: Handed,
): Promise<Start> {
  const parameters = new Map<string, Tensor>();
  const beginnings = new Map<string, InitialSource>();
  const read = await tokenizerTensors(stage, handed);
  for (const spec of specs) {
    const tensor = handed.get(spec.name) ?? read.get(spec.name);
    const rule = resized.get(spec.name);
    parameters.set(spec.name, tensor === undefined ? await initialised(spec, stage.seed) : copyOf(tensor));
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

/** A parameter's initial value; the same seed and name give the same numbers whatever else the model holds. */
export async function initialised({ name, shape, initial }: ParameterSpec, seed: number): Promise<Tensor> {
  const data = new Float32Array(sizeOf(shape));
  await fill(data, initial, stream(seed, "initial", name));
  return float32(shape, data);
}

async function fill(data: Float32Array, initial: Initial, random: RandomStream): Promise<void> {
  if (initial.kind === "constant") {
    data.fill(initial.value);
    return;
  }
  if (initial.kind === "uniform") {
    for await (const part of partsOf(data))
      part.forEach((_, i) => (part[i] = (2 * random.uniform() - 1) * initial.bound));
    return;
  }
  for await (const part of partsOf(data)) random.fillNormal(part);
  const { std } = initial;
  for await (const part of partsOf(data)) {
    part.forEach((drawn, i) => {
      let value = drawn * std;
      while (initial.kind === "truncated" && Math.abs(value) > 2) value = random.normal() * std;
      part[i] = value;
    });
  }
}

/** An array in chunks, yielding to other tasks between them: a word table takes seconds to draw. */
async function* partsOf(data: Float32Array): AsyncGenerator<Float32Array> {
  for await (const begin of inTurns(stepsTo(data.length, PART))) yield data.subarray(begin, begin + PART);
}

const PART = 2 ** 14;
