// Defaults of a schema in the syntax of the language, for `vlmo show`.
import { z } from "zod";
import { bare, fieldType } from "./fields.js";
import type { Signature } from "./signature.js";
import { structureOf, type FieldStructure } from "./structure.js";
import { quantityText } from "./quantity.js";

/** The structure of a field's value. */
export function innerField(field: z.core.$ZodType | undefined): FieldStructure {
  return field === undefined ? {} : structureOf(bare(field));
}

/** The text of a field's default; undefined if it has none, or may simply be left out. */
export function defaultText(field: z.core.$ZodType): string | undefined {
  const result = z.safeParse(field, undefined);
  if (!result.success || result.data === undefined) return undefined;
  return valueText(result.data, fieldType(field).type);
}

/** The arguments that a call leaves at their defaults, with those defaults. */
export function defaultArguments(signature: Signature, given: ReadonlySet<string>): [name: string, text: string][] {
  return Object.entries(signature.schema.shape).flatMap(([name, field]) => {
    const text = given.has(name) ? undefined : defaultText(field);
    return text === undefined ? [] : [[name, text]];
  });
}

function valueText(value: unknown, type: string): string {
  if (value === null) return "none";
  if (typeof value === "number") return numberText(value, type);
  if (typeof value === "string") return type === "string" ? JSON.stringify(value) : value;
  if (Array.isArray(value)) return elementsText(value, type);
  return typeof value === "object" ? recordText(new Map(Object.entries(value))) : String(value);
}

function elementsText(values: readonly unknown[], type: string): string {
  const [, kind = "", element = ""] = /^(list|range) of (.*)$/.exec(type) ?? [];
  const texts = values.map((each) => valueText(each, element));
  return kind === "range" ? texts.join("..") : `[${texts.join(", ")}]`;
}

function numberText(value: number, type: string): string {
  if (type === "px") return quantityText({ value, measure: "px" });
  if (/^ratio\b/.test(type)) return quantityText({ value, measure: "ratio" });
  return plainNumber(value);
}

/** Numbers up to `1e-3` with an exponent: `1e-6` rather than `0.000001`. */
export function plainNumber(value: number): string {
  return value !== 0 && Math.abs(value) <= 1e-3 ? value.toExponential() : String(value);
}

/** Durations, widths, and calls with the constructor under `kind`. */
export function recordText(value: ReadonlyMap<string, unknown>): string {
  const [unit, amount] = [value.get("unit"), value.get("value")];
  if (typeof amount === "number" && typeof unit === "string")
    return unit === "stage" ? quantityText({ value: amount, measure: "ratio" }) : `${plainNumber(amount)} ${unit}`;
  if (typeof amount === "number") return value.get("relative") === true ? `${amount}x` : plainNumber(amount);
  // For a field that takes a value or a block, the default is the value.
  if (typeof amount === "string") return amount;
  const args = [...value].filter(([name]) => name !== "kind");
  const inner = args.map(([name, each]) => `${name}: ${valueText(each, name === "ratio" ? "ratio" : "")}`);
  const kind = String(value.get("kind"));
  return inner.length === 0 ? kind : `${kind}(${inner.join(", ")})`;
}
