// The table of learnt text positions (BERT), which several kinds use.
import { parameter, type BuildContext } from "../build/context.js";
import type { Value } from "../ir/graph.js";
import { reshape, slice } from "../ops/structure.js";
import { bert, parameter as tensor, type ParameterSpec } from "../spec/parameter.js";
import { cutToFirstRows } from "../spec/resize.js";
import type { ModelSpec } from "../spec/spec.js";
import type { PositionTable } from "./position.js";

const name = "position.text";

/** By its name. */
export const textTable = { [name]: { of: "text", ...cutToFirstRows } } as const satisfies Record<string, PositionTable>;

/** For a model with texts: [length, D]. */
export function textPositions(model: ModelSpec): ParameterSpec[] {
  const { text, width } = model;
  return text === null ? [] : [tensor(name, [text.length, width], { part: "position" }, "token", bert(model))];
}

/** The rows of the first `count` tokens, [1, count, D]. */
export function textEmbedding(context: BuildContext, count: number): Value {
  return reshape(slice(parameter(context, name), 0, 0, count), [1, count, context.model.width]);
}
