// Fields whose values have keys or arguments of their own.
import type { z } from "zod";
import type { Signature } from "./signature.js";

/** The structure of a field's value, for code that shows a value with its defaults. */
export interface FieldStructure {
  /** The keys of a section. */
  readonly section?: z.ZodObject;
  /** The constructors that a value may be built by. */
  readonly family?: Readonly<Record<string, Signature>>;
}

const structures = new WeakMap<z.core.$ZodType, FieldStructure>();

/** The structure of a field's value; empty for plain values. */
export function structureOf(field: z.core.$ZodType): FieldStructure {
  // Documenting a field makes a copy of it.
  const original = field._zod.parent;
  return structures.get(field) ?? (original === undefined ? {} : structureOf(original));
}

/** Records the structure of a new field's value; returns the field. */
export function structured<Field extends z.core.$ZodType>(field: Field, structure: FieldStructure): Field {
  structures.set(field, structure);
  return field;
}
