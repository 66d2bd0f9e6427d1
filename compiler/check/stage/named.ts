// The declaration that a value names.
import { plainName } from "../../../grammar/index.js";
import type { ValueNode } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import { mismatch, unquoted } from "../../schema/fields.js";
import { follow } from "../../schema/quantity.js";
import type { Context } from "../context.js";

const wanted = { model: "the name of a model", data: "the name of a data set" } as const;

/** The model or data that a value names. Null: it names none, which was reported. */
export function nameIn(node: ValueNode, kind: keyof typeof wanted, context: Context): Declared | null {
  const real = follow(node, context.reading);
  if (real === null) return null;
  const name = plainName(real.expression);
  if (name === undefined)
    return mismatch(real, { label: kind, reading: context.reading }, wanted[kind], unquoted(real));
  return context.find(real.origin, name, [kind]) ?? null;
}
