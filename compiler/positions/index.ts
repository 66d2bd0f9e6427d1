// The table of positions. A new kind is a file and a line here; `tsc` reports a kind of the language without an entry.
import type { Calls } from "../schema/families.js";
import type { PositionKind, PositionSpec } from "../spec/spec.js";
import { absolute } from "./absolute.js";
import { none } from "./none.js";
import type { PositionRule, PositionTable, PositionTables } from "./position.js";
import { relative } from "./relative.js";
import { sincos } from "./sincos.js";

/** By name in the language, in the order of its reference. */
export const positions = { relative, absolute, sincos, none } as const satisfies {
  readonly [Kind in PositionKind]: { readonly kind: Kind };
};

/** The record of a kind of positions. */
export function positionRuleOf({ kind }: Pick<PositionSpec, "kind">): PositionRule {
  return positions[kind] as unknown as PositionRule; // each rule accepts positions of its own kind
}

/** Positions from their parsed arguments. */
export function positionOf(read: Calls<typeof positions>): PositionSpec {
  return positionRuleOf(read).make(read);
}

const tables: PositionTables = Object.assign({}, ...Object.values(positions).map((rule) => rule.tables));

/** The position table of that name; undefined for other tensors. */
export function positionTable(name: string): PositionTable | undefined {
  return Object.hasOwn(tables, name) ? tables[name] : undefined;
}
