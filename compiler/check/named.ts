// Looks up the declaration that a value names.
import { plainName } from "../../grammar/index.js";
import type { ValueNode } from "../resolve/blocks.js";
import type { Declared } from "../resolve/module.js";
import { mismatch, unquoted } from "../schema/fields.js";
import { follow } from "../schema/quantity.js";
import type { Context } from "./context.js";

const wanted = { model: "the name of a model", data: "the name of a data set", head: "the name of a head" } as const;

type Kind = keyof typeof wanted;

/** The declaration of a kind that a value names; messages call the value `label`. Null: it names none, which was reported. */
export function named(node: ValueNode, kind: Kind, context: Context, label: string = kind): Declared | null {
  const name = plainName(node.expression);
  if (name === undefined) return mismatch(node, { label, reading: context.reading }, wanted[kind], unquoted(node));
  return context.find(node.origin, name, [kind]) ?? null;
}

/** The same for a value that may be a param whose value is the name. */
export function nameIn(node: ValueNode, kind: Kind, context: Context): Declared | null {
  const real = follow(node, context.reading);
  return real === null ? null : named(real, kind, context);
}
