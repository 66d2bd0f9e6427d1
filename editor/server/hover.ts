// Hover: the documentation of a key, constructor or word; for a declaration, its `///` comment and the facts derived from it.
import type { Hover, Position } from "vscode-languageserver-types";
import type { Spec } from "../../compiler/front-end.js";
import { nodesAt, type Node } from "../../grammar/index.js";
import { rangeOf } from "./convert.js";
import { code, declarationText, entryText, keyText } from "./documentation.js";
import { expertFacts, factsOf, partFacts, shapeFacts, stageAround } from "./facts.js";
import { nameAt, type FoundName } from "./names.js";
import type { Workspace } from "./workspace.js";

/** The hover of a name; null where there is nothing to show. */
export function hover(uri: string, position: Position, workspace: Workspace): Hover | null {
  const found = nameAt(uri, position, workspace);
  const value = found === null ? null : textOf(found, workspace);
  if (found === null || value === null) return null;
  return { contents: { kind: "markdown", value }, range: rangeOf(found.name.span) };
}

function textOf(found: FoundName, workspace: Workspace): string | null {
  const { declared, place, module } = found;
  if (declared !== null) {
    const spec = workspace.specOf(declared.module.path);
    const facts = spec === null ? [] : factsOf(declared, spec);
    return joined(declarationText(declared, module.path), facts.length === 0 ? "" : code(facts.join("\n"), "text"));
  }
  if (place.kind === "constructor") return entryText(place.entry);
  if ((place.kind === "argument" || place.kind === "key") && place.key !== null) return keyText(place.key);
  const spec = workspace.specOf(module.path);
  const text = joined(wordText(found), ...(spec === null ? [] : localFacts(found, spec)));
  return text === "" ? null : text;
}

/** A word of a choice, with the key under which it is chosen. */
function wordText({ place, name }: FoundName): string {
  if (place.kind !== "value") return "";
  const word = place.slot.words.find(({ text }) => text === name.text);
  return word === undefined ? "" : joined(word.doc, place.slot.key === null ? "" : keyText(place.slot.key));
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Facts about experts and parts, which are not declarations. */
function localFacts({ place, name, module }: FoundName, spec: Spec): readonly string[] {
  const path = nodesAt(module.file, name.span.start);
  if (place.kind === "key") return place.holder.free?.names === "experts" ? expertFacts(name.text, path, spec) : [];
  if (place.kind !== "value" && place.kind !== "step") return [];
  if (place.slot.features.length > 0) return shapeFacts(name.span, spec);
  if (!place.slot.takesParts) return [];
  const stage = stageAround(path, spec);
  return stage === undefined ? [] : partFacts(partAt(path, name.span.end), stage, spec);
}

/** A path up to the name under the mouse: `experts` or `experts.vision`. */
function partAt(path: readonly Node[], end: number): string {
  const reference = path.find((node) => node.kind === "reference");
  const segments = reference?.kind === "reference" ? reference.segments : [];
  return segments.flatMap(({ name }) => (name.span.end <= end ? [name.text] : [])).join(".");
}
