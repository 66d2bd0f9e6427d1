// The names of `expect` and `test` with their places.
import { pathText, spanText, type Call, type Comparison, type Statement } from "../../grammar/index.js";
import { formatNames } from "../schema/formats.js";
import type { Seen } from "./place.js";
import { anything, entryOf, measureSlot, nameSlot, partSlot, type Slot } from "./slot.js";
import { walkArguments, walkName, walkPath, walkValue } from "./walk-values.js";

/** Visits the names of a comparison. */
export function walkComparison({ left, right }: Comparison, slot: Slot, see: Seen): void {
  const inList = listedBy([left, right].flatMap((side) => (side.kind === "call" ? [pathText(side.callee)] : [])));
  for (const side of [left, right]) walkValue(side, side.kind === "list" ? inList : slot, see);
}

/** Names in a list are what the fact on the other side lists: stages, or experts, which are not declarations. */
function listedBy(facts: readonly string[]): Slot {
  if (facts.includes("stages")) return { ...nameSlot("stage"), anywhere: true };
  return facts.includes("experts") || facts.includes("routes") ? { ...anything, takesExperts: true } : anything;
}

/** Visits the names of a statement of a test. */
export function walkStatement(statement: Statement, see: Seen): void {
  switch (statement.kind) {
    case "train":
      walkName(statement.stage, nameSlot("stage"), see);
      if (statement.duration !== undefined) walkValue(statement.duration, anything, see);
      if (statement.data !== undefined) walkTestData(statement.data, see);
      return;
    case "evaluate_statement":
      walkName(statement.name, nameSlot("evaluate"), see);
      return;
    case "claim":
      for (const { value } of statement.call.args) walkValue(value, partSlot, see);
      return;
    case "trace":
      walkPath(statement.series, measureSlot(), see);
      walkValue(statement.by, anything, see);
      return;
    case "comparison":
      walkComparison(statement, measureSlot(), see);
  }
}

/** `on coco`, or an inline data set: `on shapes(seed: 1)`. */
function walkTestData(call: Call, see: Seen): void {
  const entry = entryOf("data format", spanText(call.callee.span));
  const words = formatNames.map((text) => ({ text, doc: entryOf("data format", text)?.doc ?? "" }));
  walkPath(call.callee, { ...nameSlot("data"), words }, see);
  if (entry !== null) walkArguments(call, entry, see);
}
