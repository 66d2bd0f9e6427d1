// The model of a specification as text: a new one of some size, or a checkpoint's, with the stage's entries to initialise from
// it.
import path from "node:path";
import { parametersOf, type StageSpec } from "../../compiler/index.js";
import { stringText } from "../../grammar/index.js";
import { vocabularyFile } from "../checkpoint/index.js";
import type { Described } from "../predict/model.js";
import { declarationOf } from "./declaration.js";
import type { KnownHeads } from "./known-heads.js";
import type { Size } from "./sizes.js";
import type { Facts, Task } from "./tasks.js";

/** A model, and the entries of a stage that refer to it. */
export interface ModelText {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly declaration: readonly string[];
  /** The text after the name of the stage: `from checkpoint(…) { … }`, or nothing. */
  readonly from: string;
  /** Entries of the stage. */
  readonly entries: readonly string[];
  /** Heads taken from the checkpoint, by the names that a new model gives them. */
  readonly heads: KnownHeads;
  readonly lr: string;
}

/** A new model of some size, for these data. */
export function newModel(size: Size, { reads, isDense }: Task, { images, tokens, vocabulary }: Facts): ModelText {
  const { image, text } = reads;
  const positions = [image ? ["image"] : [], text ? ["text"] : []].flat().join(", ");
  const patch = isDense ? size.patch / 2 : size.patch;
  const declaration = [
    `model ${size.name} {`,
    `  layers: ${size.layers}`,
    `  width: ${size.width}`,
    `  attention { heads: ${size.heads}, position: absolute(${positions}) }`,
    "  layer_scale: none",
    image ? [`  image { size: ${size.image}px, patch: ${patch}px${images === 2 ? ", types: 2" : ""} }`] : [],
    text ? [`  text { tokenizer: wordpiece(vocabulary: ${vocabulary}), length: ${tokens} }`] : [],
    "  experts {",
    image ? ["    vision: ffn(image, ratio: 4) on all"] : [],
    text ? ["    language: ffn(text, ratio: 4) on all"] : [],
    image && text ? [`    fusion: ffn(pair, ratio: 4) on top ${size.fusion}`] : [],
    "  }",
    "}",
  ].flat();
  return { ...size, declaration, from: "", entries: [], heads: new Map() };
}

/** The learning rate of fine-tuning, lower than that of pretraining (the original's are 3e-5 at a width of 768). */
const FINE_TUNING = "1e-4";

/** The model of a checkpoint, and the stage's rules for tensors that only one of the two has. */
export function modelOf(
  beginning: Described,
  out: string,
  { next = null, heads = new Map() }: { readonly next?: StageSpec | null; readonly heads?: KnownHeads } = {},
): ModelText {
  const { folder, stage } = beginning;
  const { model } = stage;
  const at = (file: string): string => stringText(path.relative(path.dirname(out), file).replaceAll(path.sep, "/"));
  const tokenizer = `tokenizer: wordpiece(file: ${at(path.join(folder, vocabularyFile))}, vocabulary: ${model.text?.tokenizer.vocabulary ?? 0})`;
  const declaration = declarationOf(beginning, model.name)
    .replace(/tokenizer: wordpiece\([^)]*\)/, tokenizer)
    .trimEnd()
    .split("\n");
  const differs = next === null ? [] : differences(stage, next);
  const from = ` from checkpoint(${at(folder)})${differs.length === 0 ? "" : ` { ${differs.join(", ")} }`}`;
  const { name, layers, width } = model;
  return { name, layers, width, declaration, from, entries: changesOf(beginning), heads, lr: FINE_TUNING };
}

/** The sizes that the checkpoint's stage had changed. */
function changesOf({ spec, stage: { model } }: Described): string[] {
  const declared = spec.models.get(model.name);
  const image =
    model.image !== null && model.image.size !== declared?.image?.size ? [`image { size: ${model.image.size}px }`] : [];
  const text =
    model.text !== null && model.text.length !== declared?.text?.length
      ? [`text { length: ${model.text.length} }`]
      : [];
  return image.length + text.length === 0 ? [] : [`with { ${[...image, ...text].join(", ")} }`];
}

/** Tensors that the new stage lacks are skipped, heads of another shape are newly initialised. */
function differences(before: StageSpec, next: StageSpec): string[] {
  const [old, own] = [shapesOf(before), shapesOf(next)];
  const gone = [...old.keys()].filter((name) => !own.has(name));
  const other = [...own].filter(([name, shape]) => (old.get(name) ?? shape) !== shape).map(([name]) => name);
  const dropped = distinct(gone.map((name) => (isOfHead(name) ? `${headOf(name)}.*` : name)));
  const fresh = distinct(other.map(headOf));
  return [
    ...(dropped.length === 0 ? [] : [`drop: [${dropped.map(stringText).join(", ")}]`]),
    ...(fresh.length === 0 ? [] : [`fresh: ${fresh.join(", ")}`]),
  ];
}

function shapesOf({ model, heads }: StageSpec): ReadonlyMap<string, string> {
  return new Map(parametersOf(model, heads).map(({ name, shape }) => [name, shape.join()]));
}

function isOfHead(name: string): boolean {
  return name.startsWith("heads.");
}

/** `heads.match` of `heads.match.weight`. */
function headOf(name: string): string {
  return name.split(".").slice(0, 2).join(".");
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
