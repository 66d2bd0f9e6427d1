// Importing a foreign checkpoint: first a plan that accounts for every key of the file and every parameter of the model,
// all problems at once, then the tensors. A plan reads no tensor.
import { sameShape, type Shape } from "../../compiler/index.js";
import { VlmoError, messageOf } from "../vlmo-error.js";
import type { Tensor } from "../tensor.js";
import type { Layout, LayoutContext, Target } from "./layouts/index.js";
import { reshaped, type Mapping } from "./layouts/layout.js";
import { findResize, type Resize, type ResizeName } from "./resize.js";
import type { TensorSource } from "./source.js";

/** What does not fit. `key` is the file's, `name` the model's. */
export type ImportProblem =
  | { readonly kind: "unknown"; readonly key: string; readonly shape: Shape }
  | { readonly kind: "missing"; readonly name: string; readonly key: string; readonly shape: Shape }
  | { readonly kind: "unmapped"; readonly name: string; readonly shape: Shape }
  | {
      readonly kind: "misshapen";
      readonly name: string;
      readonly key: string;
      /** The shape that the model needs, as the file would hold it, and the one it holds. */
      readonly wanted: Shape;
      readonly got: Shape;
      /** The rule that would resize it, had it been allowed. */
      readonly resize: ResizeName | undefined;
    };

/** Where every parameter comes from and what became of every key. */
export interface ImportReport {
  readonly file: string;
  readonly layout: Layout["name"];
  readonly used: readonly { readonly name: string; readonly keys: readonly string[]; readonly resized?: ResizeName }[];
  /** Parameters that keep their initial values, with the reason: the layout's own rule, or allowed by name. */
  readonly fresh: readonly { readonly name: string; readonly reason: string }[];
  /** Keys that were left out, with the reason. */
  readonly ignored: readonly { readonly key: string; readonly reason: string }[];
  /** Allowances that allowed nothing: misspelt, or no longer needed. */
  readonly unusedAllowances: readonly string[];
}

export interface ImportOptions {
  /** Parameters that may be missing from the file, by name; `heads.vqa.*` allows all that begin so. */
  readonly allowMissing?: readonly string[];
  /** Keys of the file that may be left out, by name or with `.*`. */
  readonly allowUnknown?: readonly string[];
  /** Rules that may fit a tensor of another shape. */
  readonly resize?: readonly ResizeName[];
}

interface Step {
  readonly mapping: Mapping;
  readonly resize: Resize | undefined;
}

export interface ImportPlan {
  readonly steps: readonly Step[];
  readonly report: ImportReport;
  readonly problems: readonly ImportProblem[];
}

/** The checkpoint does not fit the model; `problems` says all of it. */
export class ImportError extends VlmoError {
  override readonly name = "ImportError";

  constructor(
    file: string,
    readonly problems: readonly ImportProblem[],
  ) {
    super("V926", messageOf("V926", { file, problems: problemsText(problems) }), { file });
  }
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
    problems.push(...absent.map(({ key, shape }) => ({ kind: "missing" as const, name: target.name, key, shape })));
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
    report: { file: source.file, layout: layout.name, used, fresh, ignored, unusedAllowances },
  };
}

interface Fitting {
  readonly context: LayoutContext;
  readonly allowed: readonly ResizeName[];
}

/** Compares the shapes of one mapping; where one part alone differs, looks for a rule that resizes it. */
function fit(source: TensorSource, mapping: Mapping, { context, allowed }: Fitting) {
  const problems: ImportProblem[] = [];
  let resize: Resize | undefined;
  for (const { key, shape: wanted } of mapping.parts) {
    const got = source.shapes.get(key);
    if (got === undefined || sameShape(got, wanted)) continue;
    const rule = findResize(mapping, { got, wanted, context });
    if (rule !== undefined && allowed.includes(rule.name)) resize = rule;
    else problems.push({ kind: "misshapen", name: mapping.target.name, key, wanted, got, resize: rule?.name });
  }
  return { problems, resize };
}

/**
 * Reads the tensors of the model from `source`. Throws ImportError (V926, with all problems), and whatever reading throws.
 * Parameters listed as fresh in the report are not among the tensors.
 */
export async function importCheckpoint(
  source: TensorSource,
  model: ImportTarget,
  options: ImportOptions = {},
): Promise<{ readonly tensors: Map<string, Tensor>; readonly report: ImportReport }> {
  const { steps, report, problems } = planImport(source, model, options);
  if (problems.length > 0) throw new ImportError(source.file, problems);
  const tensors = new Map<string, Tensor>();
  for (const { mapping, resize } of steps) {
    const { target, parts, assemble } = mapping;
    const read: Tensor[] = [];
    for (const part of parts) {
      const tensor = await source.read(part.key);
      read.push(resize === undefined ? tensor : resize.apply(tensor, part.shape));
    }
    tensors.set(target.name, assembled(read, target, assemble));
  }
  return { tensors, report };
}

function assembled(parts: readonly Tensor[], target: Target, assemble: Mapping["assemble"]): Tensor {
  const [first] = parts;
  if (first === undefined) throw new Error(`internal: nothing to make \`${target.name}\` of`);
  const tensor = assemble === undefined ? reshaped(first, target.shape) : assemble(parts, target.shape);
  if (tensor.dtype === "float32") return tensor;
  return { dtype: "float32", shape: tensor.shape, data: Float32Array.from(tensor.data) };
}

/** Names, or prefixes written `prefix.*`, that remember which of them allowed something. */
function allowance(patterns: readonly string[]) {
  const used = new Set<string>();
  const covers = (pattern: string, name: string) =>
    pattern === name || (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -1)));
  return {
    allows(name: string): boolean {
      const matching = patterns.filter((pattern) => covers(pattern, name));
      for (const pattern of matching) used.add(pattern);
      return matching.length > 0;
    },
    unused: () => patterns.filter((pattern) => !used.has(pattern)),
  };
}

/** Problems as text, a line each; `limit` lines at most. */
export function problemsText(problems: readonly ImportProblem[], limit = 20): string {
  const lines = problems.slice(0, limit).map((problem) => `\n  ${problemText(problem)}`);
  const more = problems.length > limit ? [`\n  and ${problems.length - limit} more`] : [];
  return `${problems.length} problem${problems.length === 1 ? "" : "s"}${[...lines, ...more].join("")}`;
}

function problemText(problem: ImportProblem): string {
  switch (problem.kind) {
    case "unknown":
      return `the file's \`${problem.key}\` ${shapeText(problem.shape)} is no parameter of the model`;
    case "missing":
      return `\`${problem.name}\` is missing: the file has no \`${problem.key}\` ${shapeText(problem.shape)}`;
    case "unmapped":
      return `\`${problem.name}\` ${shapeText(problem.shape)} has no counterpart in this layout`;
    case "misshapen": {
      const way = problem.resize === undefined ? "" : ` (the rule \`${problem.resize}\` can resize it)`;
      return `\`${problem.name}\` needs \`${problem.key}\` ${shapeText(problem.wanted)}, but the file has ${shapeText(problem.got)}${way}`;
    }
  }
}

function shapeText(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
