// Fields whose value is a nested block, or a call of one of a family of constructors.
import type { z } from "zod";
import { listed, pathText, spanText, type Call } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { ValueNode } from "../resolve/blocks.js";
import { argumentForm, blockField, mismatch, valueField } from "./fields.js";
import { nameMeant } from "./meant.js";
import { follow, type Reading } from "./quantity.js";
import { callOf, neededIn, readBlock, readCall } from "./read.js";
import type { Placed, Signature } from "./signature.js";
import { structured } from "./structure.js";

/** A block inside a block, with keys of its own. */
export function section<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  const type = { type: "section", json: { type: "object" } };
  const field = blockField<z.output<z.ZodObject<Shape>>>(type, (block, input) =>
    readBlock(schema, block, { what: `\`${input.label}\``, span: block.key }, input.reading),
  );
  return structured(field, { section: schema });
}

/** Reference to the JSON Schema of a family of constructors, such as `optimizer`. */
export function definition(what: string): string {
  return `#/$defs/${what.replaceAll(" ", "_")}`;
}

/** A parsed call of one of a table's constructors, discriminated by `kind`. */
export type Calls<Table extends Readonly<Record<string, Signature>>> = {
  [Name in keyof Table & string]: { readonly kind: Name } & Known<z.output<Table[Name]["schema"]>>;
}[keyof Table & string];

/** For an object without keys zod infers an index signature of `never`, which is removed here. */
type Known<T> = { [Key in keyof T as string extends Key ? never : Key]: T[Key] };

/** A value built by one of several constructors; `what` names them in messages: `optimizer`. */
export function constructor<const Table extends Readonly<Record<string, Signature>>>(what: string, table: Table) {
  const type = {
    type: `${what}: ${Object.keys(table).join(" | ")}`,
    json: { $ref: definition(what) },
    changeable: true,
  };
  const field = valueField<Calls<Table>>(type, (node, input) => {
    const { changes } = node;
    const named = follow(node, input.reading);
    // A path changes the value of a param in the same way as a literal value.
    const real = named === null || changes === undefined ? named : { ...named, changes };
    const call = real === null ? null : callOf(real);
    if (real === null) return null;
    if (call === null) {
      const wanted = `${/^[aeio]/.test(what) ? "an" : "a"} ${what} such as ${listed(Object.keys(table).map((name) => `${name}(…)`))}`;
      return mismatch(real, input, wanted, quotedName(real, what, table));
    }
    const name = pathText(call.callee);
    const signature = Object.hasOwn(table, name) ? table[name] : undefined;
    if (signature === undefined) return unknownConstructor(call, what, table, input.reading);
    const values = readCall(signature, call, real, input.reading);
    // Boundary: the kind is a key of the table, and the values were read by that key's schema.
    return values === null ? null : ({ ...values, kind: name } as unknown as Calls<Table>);
  });
  return structured(field, { family: table });
}

/** Reports `"adamw"` for `adamw(lr: …)`: names are not strings. */
function quotedName(
  { expression }: ValueNode,
  what: string,
  table: Readonly<Record<string, Signature>>,
): { help?: string } {
  if (expression.kind !== "string") return {};
  const { value: name, span } = expression;
  const signature = Object.hasOwn(table, name) ? table[name] : undefined;
  if (signature !== undefined) return { help: `write \`${formOf(name, signature)}\`` };
  const { help } = nameMeant({ span, what, names: Object.keys(table), otherwise: "write one without quotes", name });
  return { help };
}

/** Reports an unknown constructor of a family; returns null. */
export function unknownConstructor(
  call: Call,
  what: string,
  family: Readonly<Record<string, Placed>>,
  reading: Reading,
): null {
  const { span } = call.callee;
  const found = spanText(span);
  const names = Object.keys(family);
  const forms = Object.entries(family).map(([name, signature]) => formOf(name, signature));
  const otherwise = `there ${names.length === 1 ? "is" : "are"} ${listed(forms)}`;
  reading.report(diagnose("V209", span, { found, what }, nameMeant({ span, what, names, otherwise, name: found })));
  return null;
}

/** A call with its required arguments: `adamw(lr: …)`, `ffn(image)`, `cosine`. */
function formOf(name: string, signature: Placed): string {
  const needed = neededIn(signature.schema).map((key) => argumentForm(signature, key));
  return needed.length === 0 ? name : `${name}(${needed.join(", ")})`;
}
