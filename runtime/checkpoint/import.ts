// Importing a foreign checkpoint: first a plan that accounts for every key of the file and every parameter of the model,
// all problems at once, then the tensors. A plan reads no tensor.
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

/** Where every parameter comes from, and how every key was used. */
export interface ImportReport {
  readonly file: string;
  readonly layout: Layout["name"];
  readonly used: readonly { readonly name: string; readonly keys: readonly string[]; readonly resized?: ResizeName }[];
  /** Parameters that keep their initial values, with the reason: the layout's own rule, or allowed by name. */
  readonly fresh: readonly { readonly name: string; readonly reason: string }[];
  /** Keys that were left out, with the reason. */
  readonly ignored: readonly { readonly key: string; readonly reason: string }[];
  /** Nests and prefixes that were stripped from every key. */
  readonly prefix: string;
  /** Classes and functions of the file that are not known; nothing of them was run. */
  readonly unknown: readonly { readonly name: string; readonly objects: number }[];
  /** Tensors with values that are no finite numbers. */
  readonly nonFinite: readonly NonFiniteTensor[];
  /** Allowances that allowed nothing: misspelt, or no longer needed. */
  readonly unusedAllowances: readonly string[];
}

/** What an import may leave open. */
export interface ImportOptions {
  /** Parameters that may be missing from the file, by name; a `*` stands for anything, as in `heads.vqa.*`. */
  readonly allowMissing?: readonly string[];
  /** Keys of the file that may be left out, likewise. */
  readonly allowUnknown?: readonly string[];
  /** Take over values that are no finite numbers, which else are refused. */
  readonly allowNonFinite?: boolean;
  /** Rules that may fit a tensor of another shape. */
  readonly resize?: readonly ResizeName[];
  /** Keys, or parts of the model, that are left out though the file has them; what needs them is newly initialised. */
  readonly drop?: readonly string[];
  /** Parameters that are newly initialised though the file may have them. */
  readonly fresh?: ReadonlySet<string>;
  /** As between stages: what the model lacks is left behind, and of what the file lacks, this may be newly initialised. */
  readonly mayBeNew?: (name: string, held: ReadonlySet<string>) => boolean;
  /** Where the remedies of problems are written: options of a command, or keys of a stage. */
  readonly remedies?: Remedies;
}

interface Step {
  readonly mapping: Mapping;
  readonly resize: Resize | undefined;
}

/** What an import would do, made before any parameter is. */
export interface ImportPlan {
  readonly steps: readonly Step[];
  readonly report: ImportReport;
  readonly problems: readonly ImportProblem[];
  /** What the model needs of the file, by key. */
  readonly wanted: ReadonlyMap<string, Shape>;
}

/** The model that an import fills. */
export interface ImportTarget {
  readonly layout: Layout;
  readonly targets: readonly Target[];
  readonly context: LayoutContext;
}

/** Accounts for every key and parameter, without reading a tensor. */
export function planImport(whole: TensorSource, model: ImportTarget, options: ImportOptions = {}): ImportPlan {
  const { layout, targets, context } = model;
  const { source, dropped, idle } = without(whole, options.drop ?? []);
  // A key that is dropped is one that the file has: of two forms of a layout, the one it is in is still that.
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

/** What may stay open, with the reason: parameters that are newly initialised, keys that are left out. */
function allowancesOf({ mappings }: LayoutMap, { source, dropped, layout, targets, options }: Allowing) {
  const missing = allowance(options.allowMissing ?? []);
  const unknown = allowance(options.allowUnknown ?? []);
  const lacks = ({ key }: Part): boolean => !source.shapes.has(key);
  const held = new Set(mappings.filter(({ parts }) => !parts.some(lacks)).map(({ target }) => target.name));
  const wanted = new Set(mappings.flatMap(({ parts }) => parts.map(({ key }) => key)));
  const leftOut = (key: string): string | undefined => {
    if (dropped.has(key)) return "as `drop` says";
    // Of what is newly initialised; whatever else is wanted is read.
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

/** A source without the keys that are named, or are of a part that is named; and names that are of no key. */
function without(source: TensorSource, names: readonly string[]) {
  const named = allowance(names.flatMap((name) => [name, `${name}.*`]));
  // Both are asked, so that each name remembers what it is of.
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

/** A key that the file lacks as a tensor. */
function absence(source: TensorSource, wanted: Omit<Target, "shape"> & { key: string; shape: Shape }): ImportProblem {
  const what = source.others.get(`${source.prefix}${wanted.key}`);
  if (what === undefined) return { kind: "missing", ...wanted };
  return { kind: "unread", name: wanted.name, key: wanted.key, what };
}

interface Fitting {
  readonly context: LayoutContext;
  readonly allowed: readonly ResizeName[];
}

/** Compares the shapes and element types of one mapping; where one part alone differs, looks for a rule that resizes it. */
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
 * Reads the tensors of the model from `source`. Throws V926 (ImportError, with all problems), V939 (another layout), V937
 * (values that are no finite numbers), and whatever reading throws. Newly initialised parameters are not among
 * the tensors.
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

/** Those of the tensors that a file has and can be read which hold values that are no finite numbers. */
async function nonFiniteAmong(source: TensorSource, keys: Iterable<string>): Promise<NonFiniteTensor[]> {
  const bad: NonFiniteTensor[] = [];
  for (const key of keys) {
    // What cannot be read is reported when the file fits, and is read.
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
