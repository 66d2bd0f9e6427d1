// `vlmo exec`: runs one compiled program of a stage on given tensors. Inputs that can be computed are computed as in training,
// but nothing is random: noise stays at its default unless it is given.
import { listedFew } from "../../grammar/index.js";
import {
  buildEncode,
  buildForward,
  buildGradient,
  buildPool,
  buildStep,
  buildUpdate,
  buildVectors,
  readViews,
  dividesPool,
  createGraph,
  sameShape,
  sizeOf,
  type Input,
  type Program,
  type ProgramName,
  type Sizes,
  type StageSpec,
  type TensorType,
  isState,
  stepScalars,
} from "../../compiler/index.js";
import type { Engine } from "../engines/index.js";
import { countOf, denominator, fallbackOf, feed } from "./feed.js";
import { expectInRange, rangeWords } from "./ranges.js";
import { holding, readAll } from "./results.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { float32, int32, type Tensor, type Tensors } from "../tensor.js";

/** Tensors, and the name of their source for messages. */
export interface Given {
  readonly where: string;
  readonly tensors: Tensors;
}

/** Which program, for how many samples. */
export interface ExecRequest {
  readonly stage: StageSpec;
  readonly program: ProgramName;
  /**
   * Samples of the run; null takes the first dimension of the inputs, or without inputs the stage's micro-batch (its batch for
   * `pool`).
   */
  readonly batch: number | null;
  /** Results wanted, by name or `prefix.*`; null for all. Inputs that only other results need are not required. */
  readonly outputs: readonly string[] | null;
}

/** The tensors that a program runs on. */
export interface ExecData {
  readonly engine: Engine;
  readonly parameters: Given;
  readonly inputs: Given;
  /** The optimizer step for the bias corrections, from 1. */
  readonly step: number;
}

/** The results of a run. */
export interface ExecResult {
  readonly batch: number;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Given inputs that the program does not read. */
  readonly unread: readonly string[];
}

const builders = {
  encode: buildEncode,
  forward: buildForward,
  vectors: buildVectors,
  pool: buildPool,
  gradient: buildGradient,
  update: buildUpdate,
  step: buildStep,
} satisfies Record<ProgramName, (stage: StageSpec, sizes: Sizes) => Program>;

/** The number of samples if none is given. */
export function defaultBatch({ stage, program }: Pick<ExecRequest, "stage" | "program">): number {
  return program === "pool" ? stage.batch : stage.micro;
}

/** The program for a batch size, reduced to `outputs`. Throws V961 (no such output), V969. */
export function programOf({ stage, program: name, outputs }: ExecRequest, batch: number): Program {
  const trains = name !== "encode" && name !== "forward";
  if (trains && stage.trained.size === 0) {
    throw vlmoError("V969", { program: name, stage: stage.name, reason: "it trains nothing" });
  }
  if ((name === "vectors" || name === "pool") && !dividesPool(stage)) {
    const reason = "it has no contrast over several micro-batches (`cached: true`)";
    throw vlmoError("V969", { program: name, stage: stage.name, reason });
  }
  if (name === "encode" && readViews(stage).length === 0) {
    throw vlmoError("V969", { program: name, stage: stage.name, reason: "no head that it learns reads the model" });
  }
  const program = builders[name](stage, { batch, capacity: new Map() });
  return outputs === null ? program : reduced(program, outputs);
}

function reduced(program: Program, wanted: readonly string[]): Program {
  const { graph } = program;
  const kept = new Map(
    wanted.flatMap((pattern) => {
      const found = [...graph.outputs].filter(([name]) => covers(pattern, name));
      if (found.length === 0) throw unknownOutput(pattern, [...graph.outputs.keys()]);
      return found;
    }),
  );
  return { ...program, graph: createGraph(graph.name, graph.inputs, kept) };
}

function covers(pattern: string, name: string): boolean {
  return pattern === name || (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -1)));
}

function unknownOutput(name: string, names: readonly string[]): Error {
  const shown = names.slice(0, 12).join(", ") + (names.length > 12 ? `, … (${names.length} in all)` : "");
  return vlmoError(
    "V961",
    { missing: `output \`${name}\``, known: `the program has ${shown}` },
    { help: "--list shows all of them" },
  );
}

/** What `--list` prints of one input. */
export interface InputFact {
  readonly name: string;
  readonly role: Input["role"];
  readonly dtype: TensorType["dtype"];
  readonly shape: TensorType["shape"];
  /** Whether `--inputs` (or `--params`, for parameters) must hold it. */
  readonly required: boolean;
  /** Its value if it is not given. */
  readonly default?: number | string;
  /** The indices that it may hold. */
  readonly range?: string;
}

/** What `--list` prints. */
export interface Signature {
  readonly stage: string;
  readonly program: ProgramName;
  readonly batch: number;
  readonly inputs: readonly InputFact[];
  readonly outputs: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[];
}

/** Inputs and outputs of a program, and the tensors that other inputs are derived from. */
export function signatureOf(request: ExecRequest): Signature {
  const batch = request.batch ?? defaultBatch(request);
  const program = programOf(request, batch);
  const inputs = program.graph.inputs.map((entry) => factOf(program, request.stage, entry));
  const outputs = [...program.graph.outputs].map(([name, { type }]) => ({ name, ...type }));
  const { stage, program: name } = request;
  return { stage: stage.name, program: name, batch, inputs: [...sourceFacts(program), ...inputs], outputs };
}

/** Tensors that are not inputs themselves: masks and labels that positions and values are derived from. */
function sourceFacts({ graph, derivations, ranges }: Program): InputFact[] {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const sources = new Map([...derivations.values()].map(({ from, fromType }) => [from, fromType]));
  return [...sources]
    .filter(([name]) => !inputs.has(name))
    .map(([name, type]) => ({ name, role: "batch", ...type, required: true, ...rangeFact(ranges, name) }));
}

function rangeFact(ranges: Program["ranges"], name: string): { readonly range?: string } {
  const range = ranges.get(name);
  return range === undefined ? {} : { range: rangeWords(range) };
}

function factOf({ derivations, counts, ranges }: Program, stage: StageSpec, entry: Input): InputFact {
  const { name, role, value, fallback } = entry;
  const fact = { name, role, ...value.type, ...rangeFact(ranges, name) };
  const derivation = derivations.get(name);
  if (derivation !== undefined) return { ...fact, required: false, default: `worked out from ${derivation.from}` };
  if (counts.has(name)) return { ...fact, required: false, default: "counted in the batch" };
  const rate = stepScalars(stage.optimizer, 1).get(name);
  if (rate !== undefined) return { ...fact, required: false, default: rate };
  if (isState(stage.optimizer, name)) return { ...fact, required: false, default: 0 };
  return fallback === null ? { ...fact, required: true } : { ...fact, required: false, default: fallback };
}

/** Runs the program once. Throws V961–V965, V969; errors of the engine pass through. */
export async function execProgram(request: ExecRequest, data: ExecData): Promise<ExecResult> {
  const { batch, program } = sized(request, data.inputs);
  const tensors = inputTensors(program, { ...data, request, batch });
  const { engine } = data;
  const executable = await engine.load(program.graph);
  try {
    const handles = new Map([...tensors].map(([name, tensor]) => [name, engine.create(tensor)]));
    const results = await holding(engine, handles, (given) => executable.run(given));
    const outputs = await readAll(engine, results);
    return { batch, outputs, unread: unreadOf(program, data.inputs.tensors) };
  } finally {
    executable.dispose();
  }
}

/**
 * The program for the number of samples asked for or held by the inputs. Its own inputs decide which of the given tensors
 * count.
 */
function sized(request: ExecRequest, inputs: Given): { readonly batch: number; readonly program: Program } {
  const first = request.batch ?? defaultBatch(request);
  const program = programOf(request, first);
  const batch = request.batch ?? batchOf(program, inputs) ?? first;
  return { batch, program: batch === first ? program : programOf(request, batch) };
}

/** The first dimension that the inputs share; null if none of them belongs to the program. */
function batchOf(program: Program, { tensors, where }: Given): number | null {
  const sizes = new Map<string, number>();
  for (const name of batchTensors(program).keys()) {
    const size = tensors.get(name)?.shape[0];
    if (size !== undefined) sizes.set(name, size);
  }
  const [first, ...others] = new Set(sizes.values());
  if (others.length > 0) {
    throw vlmoError("V964", { sizes: [...sizes].map(([name, size]) => `\`${name}\` has ${size}`).join(", ") });
  }
  if (first === 0) {
    const [name = "", type] = [...batchTensors(program)].find(([each]) => sizes.has(each)) ?? [];
    const wanted = type === undefined ? "" : typeWords({ ...type, shape: [1, ...type.shape.slice(1)] });
    const help = "a batch has at least one sample; --list shows every input with its type and shape";
    throw vlmoError("V963", { name, where, wanted: `${wanted} or more`, got: "no sample" }, { help });
  }
  return first ?? null;
}

/** The batch tensors that callers give, with their types: inputs of the program, and those that inputs are derived from. */
function batchTensors({ graph, derivations }: Program): Map<string, TensorType> {
  const own = graph.inputs.filter(({ name, role }) => role === "batch" && !derivations.has(name));
  return new Map([
    ...[...derivations.values()].map(({ from, fromType }) => [from, fromType] as const),
    ...own.map(({ name, value }) => [name, value.type] as const),
  ]);
}

function unreadOf(program: Program, given: Tensors): string[] {
  const read = new Set([...program.graph.inputs.map(({ name }) => name), ...batchTensors(program).keys()]);
  return [...given.keys()].filter((name) => !read.has(name));
}

interface Filling extends ExecData {
  readonly request: ExecRequest;
  readonly batch: number;
}

function inputTensors(program: Program, filling: Filling): Map<string, Tensor> {
  const { inputs, parameters, request, batch, step } = filling;
  const given = fittedInputs(program, inputs);
  const counts = [...program.counts].map(([name, count]) => [name, denominator(countOf(count, given, batch))] as const);
  const scalars = new Map([...stepScalars(request.stage.optimizer, step), ...counts]);
  const { tensors, missing } = feed(program, { batch: given, items: batch, scalars, noise: null });
  const lacking = missing.map(({ name }) => program.derivations.get(name)?.from ?? name);
  for (const entry of program.graph.inputs.filter(({ role }) => role === "state")) {
    const tensor =
      given.get(entry.name) ?? (isState(request.stage.optimizer, entry.name) ? zeros(entry) : fallbackOf(entry));
    if (tensor === null) lacking.push(entry.name);
    else tensors.set(entry.name, tensor);
  }
  if (lacking.length > 0) throw vlmoError("V962", { program: request.program, names: listedFew(new Set(lacking), 12) });
  for (const [name, tensor] of parametersOf(program, parameters, request.stage)) tensors.set(name, tensor);
  return tensors;
}

function zeros({ value: { type } }: Input): Tensor {
  return float32(type.shape);
}

/** The given tensors that the program reads, converted to its types. */
function fittedInputs(program: Program, { tensors, where }: Given): Map<string, Tensor> {
  const types = new Map([
    ...program.graph.inputs
      .filter(({ role }) => role !== "parameter")
      .map(({ name, value }) => [name, value.type] as const),
    ...batchTensors(program),
  ]);
  const found = new Map<string, Tensor>();
  for (const [name, type] of types) {
    const tensor = tensors.get(name);
    if (tensor === undefined) continue;
    found.set(name, fitted(name, type, { tensor, where }));
    expectInRange(name, tensor, program.ranges.get(name));
  }
  return found;
}

function parametersOf(program: Program, { tensors, where }: Given, stage: StageSpec): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  const missing: string[] = [];
  for (const { name, role, value } of program.graph.inputs) {
    if (role !== "parameter") continue;
    const tensor = tensors.get(name);
    if (tensor === undefined) missing.push(name);
    // Integers instead of weights come from a quantized file.
    else if (tensor.dtype !== value.type.dtype)
      throw vlmoError("V963", { name, where, wanted: typeWords(value.type), got: typeWords(tensor) });
    else found.set(name, fitted(name, value.type, { tensor, where }));
  }
  if (missing.length > 0) throw vlmoError("V965", { where, stage: stage.name, names: listedFew(new Set(missing), 12) });
  return found;
}

/** The same numbers as the wanted type, or V963: floats without a fraction serve as integers, one element as a scalar. */
function fitted(name: string, wanted: TensorType, { tensor, where }: { tensor: Tensor; where: string }): Tensor {
  const { dtype, shape, data } = tensor;
  const refuse = (got: string) => vlmoError("V963", { name, where, wanted: typeWords(wanted), got });
  const isScalar = wanted.shape.length === 0 && sizeOf(shape) === 1;
  if (!isScalar && !sameShape(shape, wanted.shape)) throw refuse(typeWords(tensor));
  if (dtype === wanted.dtype) return { dtype, shape: wanted.shape, data };
  if (wanted.dtype === "float32") return float32(wanted.shape, Float32Array.from(data));
  const broken = data.find((value) => !Number.isInteger(value));
  if (broken !== undefined) throw refuse(`${typeWords(tensor)} with numbers such as ${broken}`);
  return int32(wanted.shape, Int32Array.from(data));
}

/** `int32 [4, 12]`. */
function typeWords({ dtype, shape }: TensorType): string {
  return `${dtype} [${shape.join(", ")}]`;
}
