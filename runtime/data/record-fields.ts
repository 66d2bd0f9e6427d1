// What a field of a record may hold: texts and labels. Everything else is an error that says what was wanted.
import { vlmoError, type Place } from "../vlmo-error.js";
import { hasWords } from "./tokenizer.js";

/** A text with something in it. Throws V913, V914. */
export function textIn(value: unknown, field: string, place: Place): string {
  if (typeof value !== "string") throw vlmoError("V913", { field, wanted: "a text", got: shown(value) }, place);
  if (!hasWords(value)) throw vlmoError("V914", { field }, place);
  return value;
}

/** A class index: a whole number, or the name of a class in any case, or true and false. Throws V913. */
export function labelOf(value: unknown, field: string, classes: readonly string[] | undefined, place: Place): number {
  const name = typeof value === "string" || typeof value === "boolean" ? String(value).toLowerCase() : undefined;
  const named = name === undefined ? -1 : (classes ?? []).findIndex((known) => known.toLowerCase() === name);
  if (named >= 0) return named;
  const most = classes === undefined ? Number.MAX_SAFE_INTEGER : classes.length - 1;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  const wanted =
    classes === undefined ? "a whole number (or name the classes in `classes`)" : `one of ${listed(classes)}`;
  throw vlmoError("V913", { field, wanted, got: shown(value) }, place);
}

function listed(names: readonly string[]): string {
  const few = names.slice(0, 6).map((name) => `\`${name}\``);
  return few.join(", ") + (names.length > few.length ? ` and ${names.length - few.length} more` : "");
}

/** A value of a record in a message. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
