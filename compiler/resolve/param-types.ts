// The types of params: declared, or inferred from the syntax of the value.
import type { z } from "zod";
import type { Expression, ParamDeclaration } from "../../grammar/index.js";
import { flag, string } from "../schema/fields.js";
import { count, duration, factor, measured, pixels, ratio, real } from "../schema/numbers.js";

/** The types of params. `name` is the name of a declaration, or a word of a choice. */
export const paramTypes: Readonly<Record<string, z.ZodType | null>> = {
  count: count({ least: 0 }),
  real: real({ least: -Infinity }),
  ratio: ratio(),
  px: pixels(),
  factor: factor(),
  duration: duration({ share: true }),
  bytes: measured("bytes"),
  time: measured("time"),
  string: string(),
  flag: flag(),
  name: null,
};

/** The name of a param's type, declared or inferred. */
export function typeNameOf({ type, value }: ParamDeclaration): string {
  return type?.text ?? guess(value);
}

/** Infers the type of a param without a declared one from the syntax of its value. */
function guess(value: Expression): string {
  switch (value.kind) {
    case "string":
      return "string";
    case "boolean":
      return "flag";
    case "number":
      return guessNumber(value);
    case "binary":
      return [value.left, value.right].some((side) => guess(side) === "string") ? "string" : "real";
    case "unary":
      return "real";
    default:
      return "name";
  }
}

function guessNumber({ unit, value }: Extract<Expression, { kind: "number" }>): string {
  if (unit === undefined) return Number.isInteger(value) ? "count" : "real";
  const byUnit = {
    "%": "ratio",
    px: "px",
    x: "factor",
    steps: "duration",
    epochs: "duration",
    MiB: "bytes",
    GiB: "bytes",
    s: "time",
    min: "time",
    h: "time",
  };
  return byUnit[unit];
}
