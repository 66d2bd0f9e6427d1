// Where the values of a model are written, and what checks of its numbers work with.
import type { Span } from "../../../grammar/index.js";
import type { BlockNode } from "../../resolve/blocks.js";
import type { Report } from "../../resolve/module.js";
import type { ModelSpec } from "../../spec/spec.js";

/** Where a key of the model, or of a section of it, is written. */
export type PlaceOf = (section: string | null, key: string) => Span;

/** A model whose numbers are compared. */
export interface Checking {
  readonly model: ModelSpec;
  readonly place: PlaceOf;
  readonly report: Report;
}

/** Where a value of a model, or of one of its sections, is written: the value where there is one, else its key. */
export function placeOf(body: BlockNode, section: string | null, key: string): Span | undefined {
  const inner = section === null ? body : body.entries.get(section)?.node;
  if (inner?.kind !== "block") return inner?.key;
  const node = inner.entries.get(key)?.node;
  if (node === undefined) return inner.key;
  return node.kind === "value" ? node.expression.span : node.key;
}
