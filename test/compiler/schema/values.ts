// Possible values of a field by its type, in the notation of the language.
import type { JsonSchema } from "../../../compiler/schema/fields.js";

/** Some values of a type; none if the type does not determine any. */
export function plainValues(type: string, json: JsonSchema): string[] {
  if (/^(every )?duration/.test(type)) return ["3 steps", "2 steps"];
  if (type === "width") return ["3x", "7"];
  if (type.endsWith(" or none")) return ["none", ...plainValues(type.slice(0, -" or none".length), plainJson(json))];
  if (Array.isArray(json["enum"])) return json["enum"].map(String);
  if (json["type"] === "boolean") return ["true", "false"];
  if (json["type"] === "string" && json["pattern"] === undefined) return ['"some"', '"others"'];
  if (type.startsWith("list of string, file")) return ['["one", "two"]'];
  if (type.startsWith("range of")) return ["0.3..0.6", "0.2..0.7"];
  if (type.startsWith("[")) return ["[1, 2, 3, 4]", "[5, 6, 3, 4]"];
  if (json["type"] === "array" && type.startsWith("list of "))
    return listsOf(plainValues(type.slice(8), itemsOf(json)));
  return json["type"] === "integer" || json["type"] === "number" ? numbers(type, json) : [];
}

function numbers(type: string, { type: kind, minimum = -Infinity, maximum = Infinity }: JsonSchema): string[] {
  const tried = kind === "integer" ? [2, 3, 1, 4, 6, 12, 64, 96, 200] : [0.25, 0.5, 3, 1e-4];
  const inside = tried.filter((each) => each >= Number(minimum) && each <= Number(maximum));
  return inside.map((each) => `${each}${type === "px" ? "px" : ""}`);
}

function listsOf(elements: readonly string[]): string[] {
  return [`[${elements.slice(0, 1).join()}]`, `[${elements.slice(0, 2).join(", ")}]`];
}

function itemsOf({ items }: JsonSchema): JsonSchema {
  return (items ?? {}) as JsonSchema; // set by `list`
}

function plainJson({ anyOf }: JsonSchema): JsonSchema {
  return Array.isArray(anyOf) ? (anyOf[0] as JsonSchema) : {}; // set by `orNone`
}
