// The type of a closed list of names, such as classes or answers; their order numbers them.
import { z } from "zod";
import { spanText } from "../../grammar/index.js";
import { doc, mismatch, readField, string, typeOf, valueField, written } from "./fields.js";
import { list } from "./lists.js";
import { follow } from "./quantity.js";
import { constructor } from "./families.js";
import { callOf } from "./read.js";
import type { Signature } from "./signature.js";

/** The settings of data blocks that are such lists. */
export type NameList = "classes" | "answers";

/** Constructors for a data block's list of classes or answers. */
export const nameLists = {
  from: {
    doc: "The list of another data block: the same names in the same order.",
    positional: ["data"],
    schema: z.object({ data: doc(written("data"), "The data block whose list it is.") }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

const inBlock = list(string(), { distinct: true, least: 1 });
const taken = constructor("list of names", nameLists);

/** A list of names, a file with the names, or `from(DATA)`. */
export function names() {
  const json = { anyOf: [typeOf(inBlock).json, { type: "string" }, typeOf(taken).json] };
  return valueField({ type: "list of string, file, or `from(DATA)`", json }, (node, input) => {
    const real = follow(node, input.reading);
    if (real === null) return null;
    const { kind, span } = real.expression;
    if (kind === "string") return real.expression.value;
    if (kind === "list") return found(readField(inBlock, input));
    if (kind === "call") return found(readField(taken, { ...input, node: real }));
    const text = `from(${spanText(span)})`;
    const help = callOf(real) === null ? {} : { help: `write \`${text}\``, fix: { span, text } };
    return mismatch(real, input, "a list of names, a file of them, or `from(DATA)`", help);
  });
}

function found<T>(result: { readonly success: true; readonly data: T } | { readonly success: false }): T | null {
  return result.success ? result.data : null;
}
