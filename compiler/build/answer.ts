// What a head says of samples that nobody has labelled.
import { lowerHead, ruleOf } from "../heads/index.js";
import type { HeadSpec, StageSpec } from "../spec/spec.js";
import type { Sizes } from "./context.js";
import { createContext, finishForward } from "./parts.js";
import type { Program } from "./program.js";

/**
 * A head's `logits`, of which no input is what a sample is labelled with: [B, C] of a classifier, [B, 2] of a head that
 * judges pairs, [B, side, side, C] of one that gives every pixel a class, [B, T, V] of one that predicts tokens.
 */
export function buildAnswer(stage: StageSpec, sizes: Sizes, head: HeadSpec): Program {
  const context = createContext(stage, sizes, { training: false });
  const { judges, pixels } = ruleOf(head);
  const own = judges?.(context, head) ?? pixels?.(context, head);
  const logits = own ?? lowerHead(context, head, true).outputs.get("logits");
  if (logits === undefined) throw new Error(`internal: the head ${head.name} has no logits`);
  return finishForward(context, "answer", new Map([["logits", logits]]));
}
