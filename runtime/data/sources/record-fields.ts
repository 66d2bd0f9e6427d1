// Valid values of record fields: texts and labels. Anything else is an error that says what was expected.
import { listedFew } from "../../../grammar/index.js";
import { vlmoError, type Location } from "../../errors/vlmo-error.js";
import { escaped } from "../../printable.js";
import { shown } from "./json-text.js";
import { hasWords } from "../text/tokenizer.js";

/** A non-blank text. Throws V913, V914. */
export function textIn(value: unknown, field: string, place: Location): string {
  if (typeof value !== "string") throw vlmoError("V913", { field, wanted: "a text", got: shown(value) }, place);
  const half = /\p{Surrogate}/u.exec(value)?.[0];
  if (half !== undefined) {
    const holes = {
      field,
      wanted: "a text of whole characters",
      got: `one with half of a character, \`${escaped(half)}\``,
    };
    throw vlmoError("V913", holes, {
      ...place,
      help: "a character beyond U+FFFF is two escapes: write both, or the character itself",
    });
  }
  if (!hasWords(value)) throw vlmoError("V914", { field }, place);
  return value;
}

/** A class index: an integer, the name of a class in any case, or a boolean. Throws V913. */
export function labelOf(
  value: unknown,
  field: string,
  classes: readonly string[] | undefined,
  place: Location,
): number {
  const isName = typeof value === "string" || typeof value === "boolean";
  const named = isName && classes !== undefined ? classNamed(String(value), classes) : undefined;
  if (named !== undefined) return named;
  const most = classes === undefined ? Number.MAX_SAFE_INTEGER : classes.length - 1;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  const wanted =
    classes === undefined ? "a whole number (or name the classes in `classes`)" : `one of ${listed(classes)}`;
  throw vlmoError("V913", { field, wanted, got: shown(value) }, place);
}

/** The class with a name: as written, else ignoring case if that is unambiguous. */
function classNamed(name: string, classes: readonly string[]): number | undefined {
  const { exact, folded } = classNames.get(classes) ?? namesOf(classes);
  return exact.get(name.normalize()) ?? folded.get(name.normalize().toLowerCase()) ?? undefined;
}

interface ClassNames {
  readonly exact: ReadonlyMap<string, number>;
  /** Null: several classes differ only in case. */
  readonly folded: ReadonlyMap<string, number | null>;
}

const classNames = new WeakMap<readonly string[], ClassNames>();

function namesOf(classes: readonly string[]): ClassNames {
  const exact = new Map(classes.map((name, i) => [name.normalize(), i]));
  const folded = new Map<string, number | null>();
  for (const [name, i] of exact) folded.set(name.toLowerCase(), folded.has(name.toLowerCase()) ? null : i);
  classNames.set(classes, { exact, folded });
  return { exact, folded };
}

/** A text, or a number below 2^53: JSON.parse rounds larger integers, so that two ids could become equal. Throws V913. */
export function idOf(value: unknown, field: string, place: Location): number | string {
  if (typeof value === "string" || (typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    return value;
  if (typeof value !== "number")
    throw vlmoError("V913", { field, wanted: "a text or a number", got: shown(value) }, place);
  const holes = {
    field,
    wanted: `a number up to ${Number.MAX_SAFE_INTEGER.toLocaleString("en")}, or a text`,
    got: "beyond it",
  };
  throw vlmoError("V913", holes, {
    ...place,
    help: "such numbers are rounded when JSON is read: write them as texts, in quotes",
  });
}

/** Names in a message, the first of many. */
export function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : listedFew(names, 6);
}
