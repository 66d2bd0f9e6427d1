// Messages about what does not fit between a file and a model: a summary, then all problems, with similar ones merged.
import type { Shape } from "../../compiler/index.js";
import type { ElementName } from "../formats/elements.js";
import { excerpt, quoted } from "../printable.js";
import { messageOf, vlmoError, VlmoError } from "../errors/vlmo-error.js";
import { nonFiniteText, type NonFiniteTensor } from "./finite.js";
import { atMost, grouped } from "./grouped.js";
import { bestFit } from "./layouts/fit.js";
import { layouts, type Layout } from "./layouts/index.js";
import { differentSizes, sizesOf, sizesText } from "./layouts/sizes.js";
import { inOptions, type Remedies } from "./remedies.js";
import type { ResizeName } from "./resize.js";
import type { TensorSource } from "./source.js";

/** A problem. `key` is the file's, `name` the model's. */
export type ImportProblem =
  | { readonly kind: "unknown"; readonly key: string; readonly shape: Shape }
  | { readonly kind: "missing"; readonly name: string; readonly key: string; readonly shape: Shape }
  /** The file holds something else than a tensor there. */
  | { readonly kind: "unread"; readonly name: string; readonly key: string; readonly what: string }
  | { readonly kind: "unmapped"; readonly name: string; readonly shape: Shape }
  /** A name to leave out that the file does not have. */
  | { readonly kind: "undropped"; readonly name: string }
  /** Integers instead of a weight, as in quantized files. */
  | { readonly kind: "integer"; readonly name: string; readonly key: string; readonly element: ElementName }
  | {
      readonly kind: "misshapen";
      readonly name: string;
      readonly key: string;
      /** The shape that the model needs, as the file would hold it, and the file's. */
      readonly wanted: Shape;
      readonly got: Shape;
      /** The rule that could resize it but is not allowed. */
      readonly resize: ResizeName | undefined;
    };

/** The checkpoint does not fit the model; `problems` has every reason. */
export class ImportError extends VlmoError {
  override readonly name = "ImportError";

  constructor(
    file: string,
    readonly problems: readonly ImportProblem[],
    /** Lines before the list. */
    remarks: readonly string[] = [],
    help?: string,
  ) {
    const summary = countText(problems.length);
    const text = [summary, ...remarks, ...problemLines(problems)].join("\n  ");
    super("V926", messageOf("V926", { file, problems: text }), {
      ...{ file, help },
      listed: {
        summary: messageOf("V926", { file, problems: [summary, ...remarks].join("; ") }),
        items: problems.map((problem) => ({ ...problem, message: problemText(problem) })),
      },
    });
  }
}

/** The inputs and problems of a failed import. */
export interface Misfit {
  readonly source: TensorSource;
  readonly layout: Layout;
  /** The shapes that the model needs, by key of the layout. */
  readonly wanted: ReadonlyMap<string, Shape>;
  readonly problems: readonly ImportProblem[];
  readonly unusedAllowances: readonly string[];
  /** Tensors with NaN or infinite values. */
  readonly nonFinite?: readonly NonFiniteTensor[];
  /** Default: as options of `vlmo import`. */
  readonly remedies?: Remedies;
}

/** V939 if no key of the file belongs to the layout, save by chance, else V926 with every problem. */
export function misfitError(misfit: Misfit): VlmoError {
  const { source, layout, wanted, problems, remedies = inOptions } = misfit;
  const keys = [...source.shapes.keys()];
  const known = keys.filter((key) => layout.knows(key));
  const held = known.filter((key) => wanted.has(key));
  // Models of other kinds share a name or two, such as `logit_scale`.
  const isByChance = 10 * held.length < wanted.size && 2 * known.length < keys.length;
  if (known.length > 0 && (!isByChance || layoutOf(source, layout) !== undefined))
    return new ImportError(source.file, problems, remarksOn(misfit), helpFor(misfit));
  return otherLayout(source, layout, remedies);
}

/** Possible causes of the problems. */
export function remarksOn(misfit: Misfit): string[] {
  const { source, layout, wanted, problems, unusedAllowances, nonFinite = [], remedies = inOptions } = misfit;
  const mixed = mixedPrefix(misfit);
  const other = layoutOf(source, layout);
  const lacking = problems.filter(({ kind }) => kind === "missing").length;
  const [here, there] = [sizesOf(layout, source.shapes), sizesOf(layout, wanted)];
  return [
    ...partOf(source.file),
    ...(source.prefix === "" ? [] : [`prefix stripped from its keys: ${excerpt(source.prefix, 200)}`]),
    ...(mixed === undefined
      ? []
      : [
          `${mixed.count} of its ${source.shapes.size} keys ${mixed.count === 1 ? "begins" : "begin"} with \`${mixed.prefix}\`, the others do not`,
        ]),
    ...(2 * lacking < wanted.size
      ? []
      : [`it holds ${wanted.size - lacking} of the ${wanted.size} tensors that the model needs`]),
    ...(other === undefined ? [] : [`its names look like ${other.whose}: ${remedies.layout(other.name)}`]),
    ...(differentSizes(here, there).length === 0
      ? []
      : [`this file: ${sizesText(here)}; the spec: ${sizesText(there)}`]),
    ...(nonFinite.length === 0 ? [] : [`it has weights that are NaN or infinite: ${nonFiniteText(nonFinite)}`]),
    ...renamedHeads(problems),
    ...unusedAllowances.map((name) => `\`${name}\` was allowed, and nothing has that name`),
  ];
}

/** A remark for a file that is one of several shards by its name, as Hugging Face names them. */
function partOf(file: string): string[] {
  const [, count] = /-\d{5}-of-0*(\d+)\.\w+$/.exec(file) ?? [];
  if (count === undefined || count === "1") return [];
  return [`by its name it is one of ${count} shards: name their index (….index.json) or their folder to read all`];
}

function helpFor(misfit: Misfit): string | undefined {
  const mixed = mixedPrefix(misfit);
  if (mixed !== undefined)
    return `strip it: torch.save({name.removeprefix("${mixed.prefix}"): tensor for name, tensor in ….items()}, …)`;
  if (misfit.problems.some(({ kind }) => kind === "integer"))
    return "save its weights as float32, float16 or bfloat16; those of a quantized file must be dequantized first";
  return allowancesFor(misfit) ?? misfit.remedies?.general ?? undefined;
}

/** A prefix of only some keys, if the model needs keys that the file has only with this prefix. */
function mixedPrefix({ source: { shapes }, layout, wanted }: Misfit): { prefix: string; count: number } | undefined {
  const unknown = [...shapes.keys()].filter((key) => !layout.knows(key));
  const prefix = bestFit(unknown, [layout])?.prefix ?? "";
  const behind = unknown.filter((key) => key.startsWith(prefix));
  const isLacking = (key: string): boolean => wanted.has(key) && !shapes.has(key);
  if (!behind.some((key) => isLacking(key.slice(prefix.length)))) return undefined;
  return { prefix: excerpt(prefix), count: behind.length };
}

/** The options that would allow heads of only one side and other sizes; undefined if they would not solve all problems. */
function allowancesFor({ wanted, problems, remedies = inOptions }: Misfit): string | undefined {
  const used = new Set([...wanted.keys()].map(firstStep));
  const [unknown, missing, rules] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const problem of problems) {
    const head = "name" in problem ? /^heads\.[^.]+\./.exec(problem.name)?.[0] : undefined;
    if (problem.kind === "unknown" && !used.has(firstStep(problem.key))) unknown.add(patternOf(problem.key));
    else if ((problem.kind === "missing" || problem.kind === "unmapped") && head !== undefined) missing.add(`${head}*`);
    else if (problem.kind === "misshapen" && problem.resize !== undefined) rules.add(problem.resize);
    else return undefined;
  }
  if (unknown.size + missing.size > 12) return undefined;
  const says = (patterns: ReadonlySet<string>, remedy: (names: string[]) => string, what: string): string[] =>
    patterns.size === 0 ? [] : [`${remedy([...patterns])} ${what}`];
  return [
    ...says(unknown, remedies.leaveOut, "leaves out what only the file has"),
    ...says(missing, remedies.begin, "newly initialises what only the model has"),
    ...says(rules, remedies.resize, "fits tensors of another size"),
  ].join("; ");
}

function firstStep(key: string): string {
  return key.split(".", 1)[0] ?? "";
}

function patternOf(key: string): string {
  return key.includes(".") ? `${excerpt(firstStep(key))}.*` : excerpt(key);
}

/** A layout that more keys of the file belong to than to this one. */
function layoutOf({ shapes, layout: looksLike }: TensorSource, layout: Layout): Layout | undefined {
  if (looksLike !== undefined) return looksLike === layout ? undefined : looksLike;
  const keys = [...shapes.keys()];
  const fit = bestFit(keys);
  const known = keys.filter((key) => layout.knows(key)).length;
  return fit !== undefined && fit.layout !== layout && fit.count > known ? fit.layout : undefined;
}

/** V939 for names that fit no layout. */
export function noLayout(source: TensorSource): VlmoError {
  const all = Object.keys(layouts).map(quoted).join(", ");
  return strangeNames(source, `any known layout (${all})`);
}

function otherLayout(source: TensorSource, layout: Layout, remedies: Remedies): VlmoError {
  const which = `the layout \`${layout.name}\``;
  const other = layoutOf(source, layout);
  if (other !== undefined) {
    const names = `its names are ${other.whose} (layout \`${other.name}\`)`;
    return vlmoError("V939", { file: source.file, which, names }, { help: remedies.layout(other.name) });
  }
  return strangeNames(source, which);
}

function strangeNames(source: TensorSource, which: string): VlmoError {
  const shown = atMost([...source.shapes.keys()].map(quoted), 3);
  const help = "name a file of this model; `vlmo inspect` shows what is in it";
  return vlmoError("V939", { file: source.file, which, names: `it holds ${shown.join(", ")}` }, { help });
}

/** Heads that the file has under another name, with the same tensors as a missing one. */
function renamedHeads(problems: readonly ImportProblem[]): string[] {
  const partsOf = (kind: "missing" | "unknown"): Map<string, string[]> => {
    const heads = new Map<string, string[]>();
    for (const problem of problems) {
      if (problem.kind !== kind) continue;
      const [, head, rest] = /^heads\.([^.]+)\.(.+)$/.exec(problem.key) ?? [];
      if (head !== undefined) heads.set(head, [...(heads.get(head) ?? []), `${rest} ${shapeText(problem.shape)}`]);
    }
    return heads;
  };
  const there = [...partsOf("unknown")];
  return [...partsOf("missing")].flatMap(([head, parts]) => {
    const other = there.find(([, held]) => parts.every((part) => held.includes(part)));
    if (other === undefined) return [];
    return [
      `the file's head \`${other[0]}\` has the tensors of \`${head}\`: where it is the same, name it \`${other[0]}\``,
    ];
  });
}

/** Problems as text, one a line, at most `limit` lines; similar ones are merged. */
export function problemsText(problems: readonly ImportProblem[], limit = 20): string {
  return [countText(problems.length), ...problemLines(problems, limit)].join("\n  ");
}

function problemLines(problems: readonly ImportProblem[], limit = 20): string[] {
  return atMost(grouped(problems.map(problemText)), limit);
}

function countText(count: number): string {
  return `${count} problem${count === 1 ? "" : "s"}`;
}

function problemText(problem: ImportProblem): string {
  switch (problem.kind) {
    case "unknown":
      return `the file's ${quoted(problem.key)} ${shapeText(problem.shape)} is no parameter of the model`;
    case "missing":
      return `\`${problem.name}\` is missing: the file has no ${quoted(problem.key)} ${shapeText(problem.shape)}`;
    case "unread":
      return `\`${problem.name}\` needs ${quoted(problem.key)}, which is not a tensor in the file but ${problem.what}`;
    case "unmapped":
      return `\`${problem.name}\` ${shapeText(problem.shape)} has no counterpart in this layout`;
    case "undropped":
      return `\`drop\` names ${quoted(problem.name)}, and the file has no such key or part`;
    case "integer":
      return `\`${problem.name}\` needs ${quoted(problem.key)} in floating point, but the file has ${problem.element}`;
    case "misshapen": {
      const way = problem.resize === undefined ? "" : ` (the rule \`${problem.resize}\` can resize it)`;
      return `\`${problem.name}\` needs ${quoted(problem.key)} ${shapeText(problem.wanted)}, but the file has ${shapeText(problem.got)}${way}`;
    }
  }
}

function shapeText(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
