// `from checkpoint("…")`: what a stage takes over from a file, of vlmo or foreign. Its shapes are tried before the first stage
// starts; its tensors are read when the stage begins, but not when the stage is resumed.
import path from "node:path";
import {
  mayBeNew,
  parametersOf,
  roleLayer,
  ruleOf,
  weightsFileOf,
  type Held,
  type HeadSpec,
  type ParameterSpec,
  type Spec,
  type StageSpec,
} from "../../compiler/index.js";
import {
  importCheckpoint,
  inStage,
  layouts,
  ledgerOf,
  misfitError,
  openCheckpoint,
  openForStage,
  planImport,
  savedVocabulary,
  targetOf,
  type Checkpoint,
  type ImportOptions,
  type Manifest,
  type OpenCheckpoint,
  type OpenForStage,
} from "../checkpoint/index.js";
import { isFile } from "../formats/regular-file.js";
import { VlmoError, vlmoError, withHelp } from "../errors/vlmo-error.js";
import type { Handed } from "./initialize.js";

/** A stage with `from checkpoint("…")`. */
export type FromFile = Omit<StageSpec, "from"> & {
  readonly from: Extract<StageSpec["from"], { kind: "checkpoint" }>;
};

/** Whether a stage has `from checkpoint("…")`. */
export function isFromFile(stage: StageSpec): stage is FromFile {
  return stage.from.kind === "checkpoint";
}

/** What a file hands on to a stage. */
export interface HandedByFile {
  readonly handed: Handed;
  readonly provenance: Manifest["provenance"];
  /** Sentences for the user. */
  readonly notices: readonly string[];
}

/** Reads what a stage takes over. Throws V926, V927–V929, V937–V939 and what reading a file throws. */
export async function handedByFile(stage: FromFile, spec: Spec): Promise<HandedByFile> {
  const { source, target, options, ours } = await open(stage, spec, { verify: true });
  try {
    const { tensors: before, report } = await importCheckpoint(source, target, options).catch(inItsWords);
    const names = new Set(parametersOf(stage.model, stage.heads).map(({ name }) => name));
    const tensors = new Map([...before].filter(([name]) => names.has(name)));
    const resized = report.used.flatMap((each) =>
      each.resized === undefined ? [] : [[each.name, each.resized] as const],
    );
    const { lines, warnings } = ledgerOf(report);
    return {
      handed: { tensors, resized: new Map(resized), before },
      provenance: ours?.manifest.provenance ?? { data: [], stages: [], imported: source.file },
      notices: [...lines, ...warnings, ...superfluous(stage, tensors)].map(
        (line) => `stage ${stage.name}, from ${stage.from.path}: ${line}`,
      ),
    };
  } finally {
    await source.close();
  }
}

/** V937 (weights that are not finite) with another help: in a stage nothing permits them. */
function inItsWords(error: unknown): never {
  const help = "use an earlier checkpoint of that training";
  throw error instanceof VlmoError && error.code === "V937" ? withHelp(error, help) : error;
}

/** A notice where `init` copies to tensors that the file holds: those are kept, and the copy is not made. */
function superfluous({ copies, from }: FromFile, held: ReadonlyMap<string, unknown>): string[] {
  const kept = copies.filter(({ to, row }) => row === undefined && held.has(to));
  const [first] = kept;
  if (first === undefined) return [];
  const more = kept.length === 1 ? "" : ` and ${kept.length - 1} more`;
  return [`\`init\` copies to ${first.to}${more}, which ${from.path} holds and is kept; \`fresh\` would leave it out`];
}

/** Tries on shapes alone what a stage takes over. Throws as `handedByFile`. */
export async function tryFile(stage: FromFile, spec: Spec): Promise<void> {
  const { source, target, options } = await open(stage, spec, { verify: false });
  try {
    const { problems, wanted, report } = planImport(source, target, options);
    const { unusedAllowances } = report;
    if (problems.length > 0)
      throw misfitError({ source, layout: target.layout, wanted, problems, unusedAllowances, remedies: inStage });
    needCoders(stage, source.file, new Set(report.used.map(({ name }) => name)));
  } finally {
    await source.close();
  }
}

/** Throws V926 if a file lacks a tokenizer whose codes a stage predicts but does not learn. */
function needCoders({ model, heads, learn }: FromFile, file: string, used: ReadonlySet<string>): void {
  for (const { head } of learn) {
    const coder = ruleOf(head).codesFrom?.(head) ?? null;
    if (coder === null || weightsFileOf(coder) !== null) continue;
    if (learn.some((each) => each.head.parametersOf === coder.parametersOf)) continue;
    const prefix = `heads.${coder.parametersOf}.`;
    const lacks = parametersOf(model, heads).find(({ name }) => name.startsWith(prefix) && !used.has(name));
    if (lacks === undefined) continue;
    const problems = `it does not hold \`${lacks.name}\`, and \`${head.name}\` predicts the codes of \`${coder.name}\``;
    throw vlmoError("V926", { file, problems }, { span: head.span, help: `learn \`${coder.name}\` before` });
  }
}

/**
 * The vocabulary of the word embedding that a stage takes over: null if it is unknown, undefined if the file has no embedding.
 */
export async function vocabularyInFile(stage: FromFile, spec: Spec): Promise<readonly string[] | null | undefined> {
  const { source, target, options, ours } = await open(stage, spec, { verify: false });
  try {
    const { used } = planImport(source, target, options).report;
    if (!used.some(({ name }) => name === "embed.text.word.weight")) return undefined;
    return ours === null ? null : await savedVocabulary(ours);
  } finally {
    await source.close();
  }
}

interface Open extends OpenForStage {
  readonly options: ImportOptions;
  /** Null unless the file is a vlmo checkpoint. */
  readonly ours: Pick<Checkpoint, "folder" | "manifest"> | null;
}

async function open(stage: FromFile, spec: Spec, { verify }: { readonly verify: boolean }): Promise<Open> {
  const file = checkpointPath(stage);
  const { from } = stage;
  const filled = { model: stage.model, heads: [...stage.heads, ...headsCopied(stage, spec)] };
  const own = parametersOf(stage.model, stage.heads);
  const options: ImportOptions = {
    drop: from.drop,
    fresh: from.freshTensors,
    resize: from.resize,
    mayBeNew: beginnings(own),
    remedies: inStage,
  };
  const layout = layouts[from.layout];
  // A folder may be a vlmo checkpoint; a file never is.
  if (!(await isFile(file))) {
    const found = await checkpointOr(file, verify);
    if (!(found instanceof VlmoError)) {
      const { parameters: source, ...ours } = found;
      return { source, target: targetOf(filled, layout), options, ours };
    }
    if (from.layout === "vlmo_ts") throw found;
  }
  const choice = { layout, nest: from.nest ?? undefined, remedies: inStage };
  return { ...(await openForStage(file, filled, choice)), options, ours: null };
}

/** The vlmo checkpoint in a folder, or V927 with what the folder is instead. */
async function checkpointOr(folder: string, verify: boolean): Promise<OpenCheckpoint | VlmoError> {
  try {
    return await openCheckpoint(folder, { verify });
  } catch (error) {
    if (error instanceof VlmoError && error.code === "V927") return error;
    throw error;
  }
}

/** Heads that the stage copies from but does not hold: the file must hold them. */
export function headsCopied({ copies, heads, model }: FromFile, { heads: all }: Spec): HeadSpec[] {
  const held = new Set(heads.map(({ name }) => name));
  const named = new Set(copies.map(({ from }) => from));
  return [...all.values()].filter(
    (head) =>
      !held.has(head.name) &&
      parametersOf(model, [head]).some(({ name, role }) => role.part === "heads" && named.has(name)),
  );
}

/** What may be newly initialised if the file lacks it: the same as between stages. */
function beginnings(parameters: readonly ParameterSpec[]): NonNullable<ImportOptions["mayBeNew"]> {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  return (name, held) => {
    const parameter = byName.get(name);
    return parameter !== undefined && mayBeNew(parameter, heldOf([...held].flatMap((each) => byName.get(each) ?? [])));
  };
}

function heldOf(parameters: readonly ParameterSpec[]): Held {
  return {
    layers: Math.max(0, ...parameters.map(({ role }) => roleLayer(role) ?? 0)),
    image: parameters.some(({ role }) => role.part === "embed.image"),
    text: parameters.some(({ role }) => role.part === "embed.text"),
  };
}

/** The file of `from checkpoint("…")`, relative to the specification's folder. */
export function checkpointPath({ from }: Pick<FromFile, "from">): string {
  return path.resolve(path.dirname(from.span.file.path), from.path);
}
