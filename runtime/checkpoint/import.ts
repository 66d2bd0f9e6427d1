// Imports a foreign checkpoint: first a plan that accounts for every key of the file and every parameter of the model and
// collects all problems, then the tensors. The plan reads no tensor.
import { sameShape, type Shape } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { isFloating } from "../formats/elements.js";
import { allowance } from "./allowance.js";
import { nonFiniteIn, nonFiniteText, type NonFiniteTensor } from "./finite.js";
import type { Layout, LayoutContext, Target } from "./layouts/index.js";
import { reshaped, type LayoutMap, type Mapping, type Part } from "./layouts/layout.js";
import { misfitError, type ImportProblem } from "./problems.js";
import { inOptions, type Remedies } from "./remedies.js";
import { findResize, type Resize, type ResizeName } from "./resize.js";
import type { TensorSource } from "./source.js";

/** The origin of every parameter, and the use of every key. */
export interface ImportReport {
  readonly file: string;
  readonly layout: Layout["name"];
  readonly used: readonly { readonly name: string; readonly keys: readonly string[]; readonly resized?: ResizeName }[];
  /** Newly initialised parameters, with the reason: the layout's rule, or allowed by name. */
  readonly fresh: readonly { readonly name: string; readonly reason: string }[];
  /** Keys that were left out, with the reason. */
  readonly ignored: readonly { readonly key: string; readonly reason: string }[];
  /** The prefix that was stripped from every key: names of dicts and of wrappers. */
  readonly prefix: string;
  /** Unknown classes and functions in the file; none of them was run. */
  readonly unknown: readonly { readonly name: string; readonly objects: number }[];
  /** Tensors with NaN or infinite values. */
  readonly nonFinite: readonly NonFiniteTensor[];
  /** Allowances that matched nothing: misspelt, or no longer needed. */
  readonly unusedAllowances: readonly string[];
}

/** What an import may do. */
export interface ImportOptions {
  /** Parameters that may be missing from the file; `*` stands for anything, as in `heads.vqa.*`. */
  readonly allowMissing?: readonly string[];
  /** Keys of the file that may be left out, with `*` likewise. */
  readonly allowUnknown?: readonly string[];
  /** Import NaN and infinite values, which are otherwise refused. */
  readonly allowNonFinite?: boolean;
  /** Rules that may resize a tensor of another shape. */
  readonly resize?: readonly ResizeName[];
  /** Keys of the file, or parts of the model, to leave out; parameters that need them are newly initialised. */
  readonly drop?: readonly string[];
  /** Parameters to initialise anew even if the file holds them. */
  readonly fresh?: ReadonlySet<string>;
  /**
   * As between stages: keys of parts that the model lacks are left out, and a parameter that the file lacks is newly
   * initialised if this returns true; `held` are the parameters that the file holds.
   */
  readonly mayBeNew?: (name: string, held: ReadonlySet<string>) => boolean;
  /** How help is written: as options of a command, or as keys of a stage. */
  readonly remedies?: Remedies;
}

interface Step {
  readonly mapping: Mapping;
  readonly resize: Resize | undefined;
}

/** What an import would do; no tensor has been read. */
export interface ImportPlan {
  readonly steps: readonly Step[];
  readonly report: ImportReport;
  readonly problems: readonly ImportProblem[];
  /** The shapes that the model needs, by key of the file. */
  readonly wanted: ReadonlyMap<string, Shape>;
}

/** The model that is initialised by an import. */
export interface ImportTarget {
  readonly layout: Layout;
  readonly targets: readonly Target[];
  readonly context: LayoutContext;
}

/** Accounts for every key and parameter without reading a tensor. */
export function planImport(whole: TensorSource, model: ImportTarget, options: ImportOptions = {}): ImportPlan {
  const { layout, targets, context } = model;
  const { source, dropped, idle } = without(whole, options.drop ?? []);
  // Dropped keys count here: of the forms of a layout, the file is still in the one that they show.
  const map = layout.map(targets, context, (key) => whole.shapes.has(key));
  const allowed = allowancesOf(map, { source, dropped, layout, targets, options });
  const problems: ImportProblem[] = idle.map((name) => ({ kind: "undropped", name }));
  const steps: Step[] = [];
  const fresh = map.fresh.map(({ target, reason }) => ({ name: target.name, reason }));

  for (const { name, shape } of map.unmapped) {
    const reason = allowed.newly(name);
    if (reason !== undefined) fresh.push({ name, reason });
    else problems.push({ kind: "unmapped", name, shape });
  }
  for (const mapping of map.mappings) {
    const { target, parts } = mapping;
    const reason = allowed.newly(target.name, parts);
    if (reason !== undefined) {
      fresh.push({ name: target.name, reason });
      continue;
    }
    const absent = parts.filter(({ key }) => !source.shapes.has(key));
    problems.push(...absent.map(({ key, shape }) => absence(source, { name: target.name, key, shape })));
    const fitted = fit(source, mapping, { context, allowed: options.resize ?? [] });
    problems.push(...fitted.problems);
    steps.push({ mapping, resize: fitted.resize });
  }

  const read = new Set(steps.flatMap(({ mapping: { parts } }) => parts.map(({ key }) => key)));
  const ignored = [...source.others].map(([key, reason]) => ({ key, reason }));
  for (const [key, shape] of whole.shapes) {
    if (read.has(key)) continue;
    const reason = allowed.leftOut(key);
    if (reason === undefined) problems.push({ kind: "unknown", key, shape });
    else ignored.push({ key, reason });
  }
  const used = steps.map(({ mapping, resize }) => ({
    name: mapping.target.name,
    keys: [...new Set(mapping.parts.map(({ key }) => key))],
    ...(resize === undefined ? {} : { resized: resize.name }),
  }));
  const unusedAllowances = allowed.unused();
  return {
    steps,
    problems,
    wanted: new Map(map.mappings.flatMap(({ parts }) => parts.map(({ key, shape }) => [key, shape]))),
    report: {
      ...{ file: source.file, layout: layout.name, used, fresh, ignored, unusedAllowances, prefix: source.prefix },
      nonFinite: [],
      unknown: [...source.unknown].map(([name, objects]) => ({ name, objects })),
    },
  };
}

interface Allowing {
  readonly source: TensorSource;
  readonly dropped: ReadonlySet<string>;
  readonly layout: Layout;
  readonly targets: readonly Target[];
  readonly options: ImportOptions;
}

/** Which parameters may be newly initialised and which keys may be left out, with the reason. */
function allowancesOf({ mappings }: LayoutMap, { source, dropped, layout, targets, options }: Allowing) {
  const missing = allowance(options.allowMissing ?? []);
  const unknown = allowance(options.allowUnknown ?? []);
  const lacks = ({ key }: Part): boolean => !source.shapes.has(key);
  const held = new Set(mappings.filter(({ parts }) => !parts.some(lacks)).map(({ target }) => target.name));
  const wanted = new Set(mappings.flatMap(({ parts }) => parts.map(({ key }) => key)));
  const leftOut = (key: string): string | undefined => {
    if (dropped.has(key)) return "as `drop` says";
    // Of a newly initialised parameter: other wanted keys are read.
    if (wanted.has(key)) return "what it would be is newly initialised";
    const ignored = layout.ignored(key, targets) ?? (unknown.allows(key) ? "allowed to be left out" : undefined);
    return ignored ?? (options.mayBeNew !== undefined && layout.knows(key) ? "the stage does not hold it" : undefined);
  };
  return {
    leftOut,
    newly: (name: string, parts: readonly Part[] = []): string | undefined => {
      if (options.fresh?.has(name) === true) return "as `fresh` says";
      if (parts.some(({ key }) => dropped.has(key))) return "as `drop` says";
      if (held.has(name)) return undefined;
      if (missing.allows(name)) return "allowed to be missing";
      return options.mayBeNew?.(name, held) === true ? "the file does not hold it" : undefined;
    },
    unused: () => [...missing.unused(), ...unknown.unused()],
  };
}

/** A source without the named keys and the keys of named parts, and the names that matched nothing. */
function without(source: TensorSource, names: readonly string[]) {
  const named = allowance(names.flatMap((name) => [name, `${name}.*`]));
  // No short-circuit: both calls record which names are used.
  const isNamed = (key: string): boolean => [key, inLayer(key)].map((name) => named.allows(name)).includes(true);
  const dropped = new Set([...source.shapes.keys()].filter(isNamed));
  const unused = new Set(named.unused());
  return {
    source: { ...source, shapes: new Map([...source.shapes].filter(([key]) => !dropped.has(key))) },
    dropped,
    idle: names.filter((name) => unused.has(name) && unused.has(`${name}.*`)),
  };
}

/** `layers.3.experts.fusion.fc1.weight` → `experts.fusion.fc1.weight`: parts are named without their layer. */
function inLayer(key: string): string {
  return key.replace(/^layers\.\d+\./, "");
}

/** The problem of a key that is missing, or is not a tensor. */
function absence(source: TensorSource, wanted: Omit<Target, "shape"> & { key: string; shape: Shape }): ImportProblem {
  const what = source.others.get(`${source.prefix}${wanted.key}`);
  if (what === undefined) return { kind: "missing", ...wanted };
  return { kind: "unread", name: wanted.name, key: wanted.key, what };
}

interface Fitting {
  readonly context: LayoutContext;
  readonly allowed: readonly ResizeName[];
}

/** Compares shapes and element types of one mapping, and looks for a rule where a shape differs. */
function fit(source: TensorSource, mapping: Mapping, { context, allowed }: Fitting) {
  const problems: ImportProblem[] = [];
  let resize: Resize | undefined;
  for (const { key, shape: wanted } of mapping.parts) {
    const got = source.shapes.get(key);
    const element = source.elements.get(key);
    if (element !== undefined && !isFloating(element))
      problems.push({ kind: "integer", name: mapping.target.name, key, element });
    if (got === undefined || sameShape(got, wanted)) continue;
    const rule = findResize(mapping, { got, wanted, context });
    if (rule !== undefined && allowed.includes(rule.name)) resize = rule;
    else problems.push({ kind: "misshapen", name: mapping.target.name, key, wanted, got, resize: rule?.name });
  }
  return { problems, resize };
}

/**
 * Reads the model's tensors from `source`, without those that are newly initialised. Throws V926 (ImportError, with all
 * problems), V939 (another layout), V937 (NaN or infinite values), and what reading throws.
 */
export async function importCheckpoint(
  source: TensorSource,
  model: ImportTarget,
  options: ImportOptions = {},
): Promise<{ readonly tensors: Map<string, Tensor>; readonly report: ImportReport }> {
  const { steps, report, problems, wanted } = planImport(source, model, options);
  if (problems.length > 0) {
    const { unusedAllowances } = report;
    const nonFinite = await nonFiniteAmong(source, wanted.keys());
    const { remedies = inOptions } = options;
    throw misfitError({ source, layout: model.layout, wanted, problems, unusedAllowances, nonFinite, remedies });
  }
  const tensors = new Map<string, Tensor>();
  const bad = new Map<string, NonFiniteTensor>();
  for (const { mapping, resize } of steps) {
    const { target, parts, joint } = mapping;
    const read: Tensor[] = [];
    for (const part of parts) {
      const tensor = await source.read(part.key);
      const { nan, infinite } = nonFiniteIn(tensor);
      if (nan + infinite > 0) bad.set(part.key, { key: part.key, nan, infinite, size: tensor.data.length });
      read.push(resize === undefined ? tensor : resize.apply(tensor, part.shape));
    }
    tensors.set(target.name, assembled(read, target, joint));
  }
  if (bad.size > 0 && options.allowNonFinite !== true)
    throw vlmoError("V937", { file: source.file, tensors: nonFiniteText([...bad.values()]) });
  return { tensors, report: { ...report, nonFinite: [...bad.values()] } };
}

/** The readable tensors among `keys` that have NaN or infinite values. */
async function nonFiniteAmong(source: TensorSource, keys: Iterable<string>): Promise<NonFiniteTensor[]> {
  const bad: NonFiniteTensor[] = [];
  for (const key of keys) {
    // Tensors that cannot be read are reported once the file fits and is imported.
    const tensor = source.shapes.has(key) ? await source.read(key).catch(() => null) : null;
    if (tensor === null) continue;
    const { nan, infinite } = nonFiniteIn(tensor);
    if (nan + infinite > 0) bad.push({ key, nan, infinite, size: tensor.data.length });
  }
  return bad;
}

function assembled(parts: readonly Tensor[], target: Target, joint: Mapping["joint"]): Tensor {
  const [first] = parts;
  if (first === undefined) throw new Error(`internal: nothing to make \`${target.name}\` of`);
  return joint === undefined ? reshaped(first, target.shape) : joint.assemble(parts, target.shape);
}
