// Fields whose values have keys or arguments of their own.
import type { z } from "zod";
import type { Signature } from "./signature.js";

/** What a field's value is made of, for those who show a value with its defaults. */
export interface FieldStructure {
  /** The keys of a section. */
  readonly section?: z.ZodObject;
  /** The constructors that a value may be built by. */
  readonly family?: Readonly<Record<string, Signature>>;
}

const structures = new WeakMap<z.core.$ZodType, FieldStructure>();

/** What a field's value is made of; nothing for plain values. */
export function structureOf(field: z.core.$ZodType): FieldStructure {
  // Documenting a field makes a copy of it.
  const original = field._zod.parent;
  return structures.get(field) ?? (original === undefined ? {} : structureOf(original));
}

/** Notes what the value of a new field is made of; gives the field. */
export function structured<Field extends z.core.$ZodType>(field: Field, structure: FieldStructure): Field {
  structures.set(field, structure);
  return field;
}
