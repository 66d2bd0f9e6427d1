// Completions at the cursor: keys, arguments, constructors, words, features, parts, names of declarations across files, units,
// paths, keywords that begin a declaration.
import { CompletionItemKind, InsertTextFormat, type CompletionItem, type Position } from "vscode-languageserver-types";
import {
  cursorAt,
  expertsOf,
  howText,
  parametersOf,
  rolePath,
  withImported,
  type At,
  type Cursor,
  type Declared,
  type Entry,
  type Holder,
  type Key,
  type Module,
  type NamedKind,
  type Place,
  type Slot,
} from "../../compiler/front-end.js";
import type { File } from "../../grammar/index.js";
import { importable, importEdit } from "./auto-import.js";
import { editOf, offsetOf } from "./convert.js";
import { declarationText, entryText } from "./documentation.js";
import type { ClientAbilities } from "./host.js";
import { relativePath } from "./paths.js";
import { beginnings } from "./snippets.js";
import type { Workspace } from "./workspace.js";

/** A suggestion before the range it replaces is known. `order` sorts suggestions, the likelier first. */
interface Suggestion extends Omit<CompletionItem, "textEdit" | "insertText" | "sortText" | "insertTextFormat"> {
  /** The inserted text; by default the label. */
  readonly text?: string;
  /** The inserted text with tab stops. */
  readonly snippet?: string;
  readonly order: number;
}

/** The context of a completion request. */
interface Asked {
  readonly module: Module;
  readonly cursor: Cursor;
  readonly workspace: Workspace;
}

/** All completions at a position. */
export function completion(
  uri: string,
  position: Position,
  client: ClientAbilities,
  workspace: Workspace,
): CompletionItem[] {
  const module = workspace.moduleOf(uri);
  if (module === null) return [];
  const file = module.file.source;
  const cursor = cursorAt(module, offsetOf(file, position));
  // The path of an import is replaced from its start to the cursor, any other word from its start to its end.
  const written = cursor.at.kind === "path" ? cursor.at.written.length : 0;
  const offset = offsetOf(file, position);
  const span =
    written > 0 ? { file, start: offset - written, end: offset } : { file, start: cursor.start, end: cursor.end };
  return suggestionsAt({ module, cursor, workspace }).map(({ text, snippet, order, ...item }) => {
    const filled = client.snippets ? snippet : undefined;
    return {
      ...item,
      textEdit: editOf(span, filled ?? text ?? item.label),
      ...(filled === undefined ? {} : { insertTextFormat: InsertTextFormat.Snippet }),
      sortText: `${order}${item.label}`,
    };
  });
}

function suggestionsAt(asked: Asked): Suggestion[] {
  const { at } = asked.cursor;
  // Boundary: the table ties each function to its kind of position, which tsc cannot follow through the index.
  const suggest = byPlace[at.kind] as (at: At, asked: Asked) => Suggestion[];
  return suggest(at, asked);
}

const byPlace: {
  readonly [Kind in At["kind"]]: (at: Extract<At, { kind: Kind }>, asked: Asked) => Suggestion[];
} = {
  top: () => beginnings.map((each) => ({ ...each, kind: CompletionItemKind.Keyword, order: 1 })),
  text: () => [],
  path: (_, asked) => paths(asked),
  layers: () => ["all", "none", "top", "bottom", "layers"].map((label) => keyword(label)),
  unit: ({ place }) =>
    slotAt(place).units.map((label) => ({
      label,
      kind: CompletionItemKind.Unit,
      text: /^[a-z]{2,}s$/.test(label) ? ` ${label}` : label,
      order: 1,
    })),
  clause: ({ words }) => words.map((label) => keyword(label)),
  place: ({ place, file }, asked) => ofPlace(place, file, asked),
};

function keyword(label: string): Suggestion {
  return { label, kind: CompletionItemKind.Keyword, order: 1 };
}

const nothing: Pick<Slot, "units"> = { units: [] };

function slotAt(place: Place): Pick<Slot, "units"> {
  return place.kind === "value" ? place.slot : nothing;
}

/** Files of the workspace and of the document's folder, as an import would write them. */
function paths({ module, workspace }: Asked): Suggestion[] {
  const folder = module.path.split("/").slice(0, -1);
  const beside = (workspace.files.beside?.(module.path) ?? []).map((name) => [...folder, name].join("/"));
  const all = new Set([...workspace.modules().map(({ path }) => path), ...beside]);
  all.delete(module.path);
  return [...all].map((path) => ({
    label: relativePath(module.path, path),
    kind: CompletionItemKind.File,
    order: 1,
  }));
}

function ofPlace(place: Place, file: File, asked: Asked): Suggestion[] {
  switch (place.kind) {
    case "declaration":
      return [];
    case "imported":
      return importedNames(place.node.path.value, asked);
    case "key":
      return ofHolder(place.holder, place.given, file, asked);
    case "argument":
      return place.entry.keys.map((key) => argument(key));
    case "constructor":
      return ofSlot(place.slot, file, asked);
    case "step":
      return steps(place.slot, place.before, file, asked);
    case "value":
      return [
        ...(place.block === null ? [] : ofHolder(place.block.holder, place.block.given, file, asked)),
        ...(place.call === null
          ? []
          : place.call.entry.keys.filter(({ name }) => !place.call?.given.includes(name)).map((key) => argument(key))),
        ...ofSlot(place.slot, file, asked),
      ];
  }
}

function importedNames(written: string, { module, workspace }: Asked): Suggestion[] {
  const from = workspace.moduleAt(workspace.files.resolvePath(module.path, written));
  const names = [...(from?.own.values() ?? [])].filter(({ name }) => !module.imported.has(name));
  return names.map((declared) => nameOf(declared, module, 1));
}

// ------------------------------------------------------------------------------------------------------ blocks

function ofHolder(holder: Holder, given: readonly string[], file: File, asked: Asked): Suggestion[] {
  if (holder.free?.names === "experts")
    return expertNames(file, asked).map((label) => ({
      label,
      kind: CompletionItemKind.Field,
      text: `${label}: `,
      order: 1,
    }));
  if (holder.free?.names === "parts")
    return partNames(asked).map((label) => ({ label, kind: CompletionItemKind.Field, text: `${label}: `, order: 1 }));
  return holder.keys.filter(({ name }) => !given.includes(name)).map((key) => keySuggestion(key, holder));
}

function keySuggestion(key: Key, holder: Holder): Suggestion {
  const isBlock = key.section !== null || holder.inner.has(key.name);
  const form = isBlock
    ? { text: `${key.name} {}`, snippet: `${key.name} {\n  $0\n}` }
    : { text: `${key.name}: `, snippet: `${key.name}: $0` };
  return { ...documented(key), ...form, kind: CompletionItemKind.Property, order: key.isRequired ? 1 : 2 };
}

function argument(key: Key): Suggestion {
  return {
    ...documented(key),
    kind: CompletionItemKind.Variable,
    text: `${key.name}: `,
    snippet: `${key.name}: $0`,
    order: key.isRequired ? 1 : 2,
  };
}

function documented(key: Key): Pick<Suggestion, "label" | "detail" | "documentation"> {
  return { label: key.name, detail: howText(key), documentation: { kind: "markdown", value: key.doc } };
}

/** The experts of the model at the cursor, or of all models where a stage's `with` changes one. */
function expertNames(file: File, { module }: Asked): string[] {
  const [around] = file.declarations;
  const own = around !== undefined && "name" in around ? module.own.get(around.name.text) : undefined;
  const all = withImported(module).flatMap((each) => [...each.own.values()]);
  const models = own?.kind === "model" ? [own] : all.filter(({ kind }) => kind === "model");
  return [...new Set(models.flatMap(expertsOf))];
}

// ------------------------------------------------------------------------------------------------------ values

function ofSlot(slot: Slot, file: File, asked: Asked): Suggestion[] {
  const { module, workspace } = asked;
  const words = slot.words.map(({ text, doc }): Suggestion => ({
    label: text,
    kind: CompletionItemKind.EnumMember,
    ...(doc === "" ? {} : { documentation: { kind: "markdown", value: doc } }),
    order: 1,
  }));
  const calls = slot.constructors.map((entry) => constructorSuggestion(entry, slot.family));
  const features = slot.features.map((label): Suggestion => ({ label, kind: CompletionItemKind.Value, order: 1 }));
  const parts = [
    ...(slot.takesParts ? partNames(asked) : []),
    ...(slot.takesExperts ? expertNames(file, asked) : []),
  ].map((label): Suggestion => ({ label, kind: CompletionItemKind.Field, order: 1 }));
  const names = declaredIn(module, slot.kinds).map((declared) => nameOf(declared, module, 1));
  const params = declaredIn(module, ["param"]).map((declared) => nameOf(declared, module, 3));
  const others = importable(module, slot.kinds, workspace).map((declared) => ({
    ...nameOf(declared, module, 4),
    additionalTextEdits: [importEdit(declared, module, workspace)],
  }));
  return [...words, ...calls, ...features, ...parts, ...names, ...params, ...others];
}

function constructorSuggestion(entry: Entry, family: string): Suggestion {
  const needed = entry.keys.filter(({ isRequired }) => isRequired);
  const unnamed = /\(([^:)]*)(?:, |\))/.exec(entry.form)?.[1] ?? "";
  const holes = needed.map(({ name }, i) => `${unnamed.includes(name) ? "" : `${name}: `}$${i + 1}`);
  const isWord = entry.keys.length === 0 && family !== "head";
  const form = isWord
    ? {}
    : { text: `${entry.name}()`, snippet: `${entry.name}(${holes.length === 0 ? "$0" : holes.join(", ")})` };
  return {
    label: entry.name,
    kind: CompletionItemKind.Function,
    detail: family,
    documentation: { kind: "markdown", value: entryText(entry) },
    ...form,
    order: 1,
  };
}

const kinds: Readonly<Record<NamedKind, CompletionItemKind>> = {
  param: CompletionItemKind.Constant,
  model: CompletionItemKind.Class,
  head: CompletionItemKind.Interface,
  data: CompletionItemKind.Struct,
  stage: CompletionItemKind.Event,
  evaluate: CompletionItemKind.Method,
};

function nameOf(declared: Declared, { path }: Module, order: number): Suggestion {
  const isOwn = declared.module.path === path;
  return {
    label: declared.name,
    kind: kinds[declared.kind],
    detail: isOwn ? declared.kind : `${declared.kind} of ${relativePath(path, declared.module.path)}`,
    documentation: { kind: "markdown", value: declarationText(declared, path) },
    order,
  };
}

/** The declarations of some kinds in a file and its imports. */
function declaredIn(module: Module, wanted: readonly NamedKind[]): Declared[] {
  const all = [...module.own.values(), ...[...module.imported.values()].map(({ declared }) => declared)];
  return all.filter(({ kind }) => wanted.includes(kind));
}

/** Parts of the models in the last specification that had no errors: `experts.vision`. */
function partNames({ module, workspace }: Asked): string[] {
  const spec = workspace.lastSound(module.path);
  if (spec === null) return [];
  const heads = [...spec.heads.values()];
  const stages = [...spec.stages.values()].map(({ model, heads: own }) => parametersOf(model, own));
  const models = stages.length > 0 ? [] : [...spec.models.values()].map((model) => parametersOf(model, heads));
  return [...new Set([...stages, ...models].flat().map(({ role }) => rolePath(role)))];
}

/** Completions after a dot. */
function steps(slot: Slot, before: string, file: File, asked: Asked): Suggestion[] {
  const paths = [...slot.features, ...(slot.takesParts ? partNames(asked) : [])];
  const known = paths.flatMap((path) => (path.startsWith(`${before}.`) ? [path.slice(before.length + 1)] : []));
  const experts = slot.takesParts && before === "experts" ? expertNames(file, asked) : [];
  const heads = (slot.takesParts && before === "heads") || before === "loss" ? declaredIn(asked.module, ["head"]) : [];
  const curves = slot.compares === "measurements" ? ["first", "last", "min", "max", "mean"] : [];
  const names = new Set([...known, ...experts, ...heads.map(({ name }) => name), ...curves]);
  return [...names].map((label) => ({ label, kind: CompletionItemKind.Value, order: 1 }));
}
