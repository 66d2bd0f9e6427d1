// The parameters a stage begins with: handed on by its predecessor, copied, resized by a named rule, or drawn fresh.
import { sizeOf, type Initial, type ParameterSpec, type StageSpec } from "../../compiler/index.js";
import { stream } from "../random.js";
import { float32, type Tensor, type Tensors } from "../tensor.js";

/** How each parameter of a stage began, for the manifest and for people. */
export type Beginning = "kept" | "copied" | "fresh" | `resized (${string})`;

export interface Start {
  readonly parameters: Map<string, Tensor>;
  readonly beginnings: ReadonlyMap<string, Beginning>;
}

/** Resizes a tensor of the predecessor to a shape, or null where no rule covers it. */
export type Resizer = (
  spec: ParameterSpec,
  tensor: Tensor,
) => { readonly tensor: Tensor; readonly rule: string } | null;

/** Parameters of `stage`, which holds `specs`, from those of its predecessor (empty where it starts from scratch). */
export function startParameters(
  stage: StageSpec,
  specs: readonly ParameterSpec[],
  before: Tensors,
  resize: Resizer,
): Start {
  const parameters = new Map<string, Tensor>();
  const beginnings = new Map<string, Beginning>();
  const sources = new Map(stage.copies.map(({ to, from }) => [to, from]));
  for (const spec of specs) {
    const [tensor, beginning] = startOf(spec, { stage, before, resize, copyFrom: sources.get(spec.name) });
    parameters.set(spec.name, tensor);
    beginnings.set(spec.name, beginning);
  }
  return { parameters, beginnings };
}

interface StartContext {
  readonly stage: StageSpec;
  readonly before: Tensors;
  readonly resize: Resizer;
  readonly copyFrom: string | undefined;
}

function startOf(spec: ParameterSpec, { stage, before, resize, copyFrom }: StartContext): [Tensor, Beginning] {
  const handed = before.get(spec.name);
  if (handed !== undefined) {
    if (handed.shape.join() === spec.shape.join()) return [copy(handed), "kept"];
    const resized = resize(spec, handed);
    // The checker has compared all shapes; a stage that reaches this was read from a folder that is not its predecessor's.
    if (resized === null)
      throw new Error(`internal: ${spec.name} is [${handed.shape.join(", ")}], wanted [${spec.shape.join(", ")}]`);
    return [resized.tensor, `resized (${resized.rule})`];
  }
  const source = copyFrom === undefined ? undefined : before.get(copyFrom);
  if (source !== undefined && source.shape.join() === spec.shape.join()) return [copy(source), "copied"];
  return [fresh(spec, stage.seed), "fresh"];
}

function copy(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() };
}

/** A parameter's initial value; the same seed and name give the same numbers whatever else the model holds. */
export function fresh({ name, shape, initial }: ParameterSpec, seed: number): Tensor {
  const data = new Float32Array(sizeOf(shape));
  fill(data, initial, seed, name);
  return float32(shape, data);
}

// eslint-disable-next-line max-params -- where, what, and the stream's name
function fill(data: Float32Array, initial: Initial, seed: number, name: string): void {
  if (initial.kind === "constant") {
    data.fill(initial.value);
    return;
  }
  const random = stream(seed, "initial", name);
  if (initial.kind === "uniform") {
    for (let i = 0; i < data.length; i++) data[i] = (2 * random.uniform() - 1) * initial.bound;
    return;
  }
  random.fillNormal(data);
  const { std } = initial;
  for (let i = 0; i < data.length; i++) {
    let value = (data[i] ?? 0) * std;
    while (initial.kind === "truncated" && Math.abs(value) > 2) value = random.normal() * std;
    data[i] = value;
  }
}
