// Spans of the values of a model, and the context for checking its numbers.
import type { Span } from "../../../grammar/index.js";
import type { BlockNode } from "../../resolve/blocks.js";
import type { Report } from "../../resolve/module.js";
import type { ModelSpec } from "../../spec/spec.js";

/** The span of a key of the model, or of a section of it. */
export type PlaceOf = (section: string | null, key: string) => Span;

/** A model whose numbers are checked against each other. */
export interface Checking {
  readonly model: ModelSpec;
  readonly place: PlaceOf;
  readonly report: Report;
}

/** The span of a key's value in a model or in one of its sections, or of the key if it has no value. */
export function placeOf(body: BlockNode, section: string | null, key: string): Span | undefined {
  const inner = section === null ? body : body.entries.get(section)?.node;
  if (inner?.kind !== "block") return inner?.key;
  const node = inner.entries.get(key)?.node;
  if (node === undefined) return inner.key;
  return node.kind === "value" ? node.expression.span : node.key;
}
