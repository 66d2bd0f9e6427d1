// What a head predicts for unlabelled samples.
import { lowerHead, ruleOf } from "../heads/index.js";
import type { HeadSpec, StageSpec } from "../spec/spec.js";
import type { Sizes } from "./context.js";
import { createContext, finishForward } from "./parts.js";
import type { Program } from "./program.js";

/**
 * A head's `logits`, without any label among the inputs: [B, C] for a classifier, [B, 2] for a matching head,
 * [B, side, side, C] for segmentation, [B, T, V] for token prediction.
 */
export function buildAnswer(stage: StageSpec, sizes: Sizes, head: HeadSpec): Program {
  const context = createContext(stage, sizes, { training: false });
  const { judges, pixels } = ruleOf(head);
  const own = judges?.(context, head) ?? pixels?.(context, head);
  const logits = own ?? lowerHead(context, head, true).outputs.get("logits");
  if (logits === undefined) throw new Error(`internal: the head ${head.name} has no logits`);
  return finishForward(context, "answer", new Map([["logits", logits]]));
}
