// Closed lists that a data block takes from another, `answers: from(vqa_train)`: which block that is, and that it has
// such a list.
import { spanText, listed } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import { nameLists, type DataKind } from "../../schema/data.js";
import type { NameList } from "../../schema/names.js";
import type { DataSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { named } from "../named.js";

/** The data blocks that lists are taken from, by setting, and the settings with their names as plain data. */
export interface TakenLists {
  readonly lists: ReadonlyMap<string, DataSpec>;
  readonly settings: ReadonlyMap<string, { readonly from: string }>;
}

/** Looks up the data blocks that lists are taken from. Null: one of them is wrong and was reported. */
export function takenLists(
  values: Readonly<Record<string, unknown>>,
  lookUp: DataLookUp,
  context: Context,
): TakenLists | null {
  const lists = new Map<string, DataSpec>();
  for (const key of Object.keys(nameLists).filter(isNameList)) {
    const value = values[key];
    if (!isTaken(value)) continue;
    const data = dataOf(key, value.data, lookUp, context);
    if (data === null) return null;
    lists.set(key, data);
  }
  return { lists, settings: new Map([...lists].map(([key, { name }]) => [key, { from: name }])) };
}

function isNameList(key: string): key is NameList {
  return Object.hasOwn(nameLists, key);
}

function isTaken(value: unknown): value is { readonly kind: "from"; readonly data: ValueNode } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "from";
}

function dataOf(key: NameList, node: ValueNode, lookUp: DataLookUp, context: Context): DataSpec | null {
  const { expression } = node;
  const declared = named(node, "data", context, "from");
  const data = declared && lookUp(declared);
  if (data === null) return null;
  const kinds: readonly DataKind[] = nameLists[key];
  if (kinds.includes(data.kind)) return data;
  const wanted = `data that have ${key}: ${listed(kinds, " or ")}`;
  const related = [{ span: data.span, message: `\`${data.name}\` holds \`${data.kind}\`` }];
  const help = `name data that have a list of ${key}, or write the ${key} out: \`${key}: ["…", "…"]\``;
  context.report(
    diagnose("V207", expression.span, { key: "from", wanted, value: spanText(expression.span) }, { related, help }),
  );
  return null;
}

/** Reports a cycle of data blocks that take their lists from one another. */
export function reportListCycle(way: readonly Declared[], context: Context): void {
  const [first] = way;
  if (first === undefined) return;
  const wanted = "data that take no list from these";
  const value = way.map(({ name }) => `\`${name}\``).join(" → ");
  const help = "let one of them have a list of its own";
  context.report(diagnose("V207", first.node.name.span, { key: "from", wanted, value }, { help }));
}

/** Checks a data block by its declaration. */
export type DataLookUp = (declared: Declared) => DataSpec | null;
