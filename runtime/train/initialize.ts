// The initial parameters of a stage: handed on by its predecessor, resized by a named rule, copied, or newly initialised.
import type { CopySpec, ParameterSpec, StageSpec } from "../../compiler/index.js";
import { quietly } from "../quietly.js";
import type { Tensor, Tensors } from "../tensor.js";
import { drawAll, type Drawing } from "./draw.js";
import { tokenizerTensors } from "./tokenizer-file.js";

/** Tensors that a stage takes over, resized to its shapes; all others are newly initialised or copied. */
export interface Handed {
  readonly tensors: Tensors;
  /** The rule that resized a tensor, by its name. */
  readonly resized: ReadonlyMap<string, string>;
  /** All tensors of the predecessor, as sources of copies. */
  readonly before: Tensors;
}

/** For a stage trained from scratch. */
export const nothingHanded: Handed = { tensors: new Map(), resized: new Map(), before: new Map() };

/** How a parameter was initialised, for the manifest and the log. */
export type InitialSource = "kept" | "copied" | "newly initialised" | "read from a file" | `resized (${string})`;

/** Parameters and how each was initialised. The promise resolves when all are drawn. */
export interface Start {
  readonly parameters: Promise<Map<string, Tensor>>;
  readonly beginnings: ReadonlyMap<string, InitialSource>;
}

/**
 * Parameters of `stage`, declared by `specs`: taken over, read from files of tokenizers (before this resolves), or drawn. Where
 * `signal` aborts, drawing ends and `parameters` rejects.
 */
export async function startParameters(
  stage: StageSpec,
  specs: readonly ParameterSpec[],
  handed: Handed,
  signal?: AbortSignal,
): Promise<Start> {
  const read = await tokenizerTensors(stage, handed.tensors);
  const draw: Origins["draw"] = (missing, seed) => drawAll(missing, seed, { signal });
  return startFrom(stage, specs, { handed, read, draw });
}

/** Where the initial values of a stage's parameters come from. */
export interface Origins {
  readonly handed: Handed;
  /** Tensors from files of tokenizers. */
  readonly read: Tensors;
  /** Draws what neither gives. */
  readonly draw: (missing: readonly Drawing[], seed: number) => Promise<Tensors>;
}

/** `startParameters` for files that are read already. */
export function startFrom(stage: StageSpec, specs: readonly ParameterSpec[], origins: Origins): Start {
  const { handed, read } = origins;
  const beginnings = new Map<string, InitialSource>();
  for (const { name } of specs) {
    const rule = handed.resized.get(name);
    const taken = read.has(name) ? "read from a file" : handed.tensors.has(name) ? "kept" : "newly initialised";
    beginnings.set(name, rule === undefined ? taken : `resized (${rule})`);
  }
  const copies = stage.copies.filter((copy) => isMade(copy, beginnings, handed));
  for (const { to } of copies) beginnings.set(to, "copied");
  return { parameters: quietly(valuesOf(stage, specs, { ...origins, copies })), beginnings };
}

/**
 * Whether a copy applies (shapes are checked by the checker). Tensors taken over are not overwritten, except for single rows.
 */
function isMade(
  { to, from, row }: CopySpec,
  all: ReadonlyMap<string, InitialSource>,
  { tensors, before }: Handed,
): boolean {
  return all.has(to) && (before.has(from) || all.has(from)) && (row !== undefined || !tensors.has(to));
}

async function valuesOf(
  stage: StageSpec,
  specs: readonly ParameterSpec[],
  { handed, read, draw, copies }: Origins & { readonly copies: readonly CopySpec[] },
): Promise<Map<string, Tensor>> {
  const given = ({ name }: ParameterSpec): Tensor | undefined => handed.tensors.get(name) ?? read.get(name);
  const missing = specs.filter((spec) => given(spec) === undefined);
  const drawn = await draw(missing, stage.seed);
  const parameters = new Map<string, Tensor>();
  for (const spec of specs) {
    const tensor = given(spec);
    const value = tensor === undefined ? drawn.get(spec.name) : copyOf(tensor);
    if (value === undefined) throw new Error(`internal: ${spec.name} was not drawn`);
    parameters.set(spec.name, value);
  }
  for (const copy of copies) {
    const [to, from] = [parameters.get(copy.to), handed.before.get(copy.from) ?? parameters.get(copy.from)];
    if (to !== undefined && from !== undefined) copyInto(to, from, copy.row);
  }
  return parameters;
}

/** Copies all of `from`, or one of its rows. */
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
