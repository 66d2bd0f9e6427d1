// Importing a foreign checkpoint: first a plan that accounts for every key of the file and every parameter of the model,
// all problems at once, then the tensors. A plan reads no tensor.
import { sameShape, type Shape } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { isFloating } from "../formats/elements.js";
import { nonFiniteIn, nonFiniteText, type NonFiniteTensor } from "./finite.js";
import type { Layout, LayoutContext, Target } from "./layouts/index.js";
import { reshaped, type Mapping } from "./layouts/layout.js";
import { misfitError, type ImportProblem } from "./problems.js";
import { findResize, type Resize, type ResizeName } from "./resize.js";
import type { TensorSource } from "./source.js";

/** Where every parameter comes from and what became of every key. */
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
export function planImport(source: TensorSource, model: ImportTarget, options: ImportOptions = {}): ImportPlan {
  const { layout, targets, context } = model;
  const map = layout.map(targets, context, (key) => source.shapes.has(key));
  const missingAllowed = allowance(options.allowMissing ?? []);
  const unknownAllowed = allowance(options.allowUnknown ?? []);
  const problems: ImportProblem[] = [];
  const steps: Step[] = [];
  const fresh = map.fresh.map(({ target, reason }) => ({ name: target.name, reason }));
  const allowedFresh = (name: string) => fresh.push({ name, reason: "allowed to be missing" });

  for (const target of map.unmapped) {
    if (missingAllowed.allows(target.name)) allowedFresh(target.name);
    else problems.push({ kind: "unmapped", name: target.name, shape: target.shape });
  }
  for (const mapping of map.mappings) {
    const { target, parts } = mapping;
    const absent = parts.filter(({ key }) => !source.shapes.has(key));
    if (absent.length > 0 && missingAllowed.allows(target.name)) {
      allowedFresh(target.name);
      continue;
    }
    problems.push(...absent.map(({ key, shape }) => absence(source, { name: target.name, key, shape })));
    const fitted = fit(source, mapping, { context, allowed: options.resize ?? [] });
    problems.push(...fitted.problems);
    steps.push({ mapping, resize: fitted.resize });
  }

  const read = new Set(map.mappings.flatMap(({ parts }) => parts.map(({ key }) => key)));
  const ignored = [...source.others].map(([key, reason]) => ({ key, reason }));
  for (const [key, shape] of source.shapes) {
    if (read.has(key)) continue;
    const reason = layout.ignored(key, targets) ?? (unknownAllowed.allows(key) ? "allowed to be left out" : undefined);
    if (reason === undefined) problems.push({ kind: "unknown", key, shape });
    else ignored.push({ key, reason });
  }
  const used = steps.map(({ mapping, resize }) => ({
    name: mapping.target.name,
    keys: [...new Set(mapping.parts.map(({ key }) => key))],
    ...(resize === undefined ? {} : { resized: resize.name }),
  }));
  const unusedAllowances = [...missingAllowed.unused(), ...unknownAllowed.unused()];
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
    throw misfitError({ source, layout: model.layout, wanted, problems, unusedAllowances, nonFinite });
  }
  const tensors = new Map<string, Tensor>();
  const bad = new Map<string, NonFiniteTensor>();
  for (const { mapping, resize } of steps) {
    const { target, parts, assemble } = mapping;
    const read: Tensor[] = [];
    for (const part of parts) {
      const tensor = await source.read(part.key);
      const { nan, infinite } = nonFiniteIn(tensor);
      if (nan + infinite > 0) bad.set(part.key, { key: part.key, nan, infinite, size: tensor.data.length });
      read.push(resize === undefined ? tensor : resize.apply(tensor, part.shape));
    }
    tensors.set(target.name, assembled(read, target, assemble));
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

function assembled(parts: readonly Tensor[], target: Target, assemble: Mapping["assemble"]): Tensor {
  const [first] = parts;
  if (first === undefined) throw new Error(`internal: nothing to make \`${target.name}\` of`);
  return assemble === undefined ? reshaped(first, target.shape) : assemble(parts, target.shape);
}

/** Names, in which `*` stands for anything, that remember which of them allowed something. */
function allowance(patterns: readonly string[]) {
  const used = new Set<string>();
  const wholes = new Map(patterns.map((pattern) => [pattern, wholeMatch(pattern)]));
  const covers = (pattern: string, name: string): boolean => wholes.get(pattern)?.test(name) === true;
  return {
    allows(name: string): boolean {
      const matching = patterns.filter((pattern) => covers(pattern, name));
      for (const pattern of matching) used.add(pattern);
      return matching.length > 0;
    },
    unused: () => patterns.filter((pattern) => !used.has(pattern)),
  };
}

function wholeMatch(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
