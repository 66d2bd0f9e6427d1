// The classes of the pixels of images, without masks to compare them with.
import { ruleOf } from "../heads/index.js";
import type { HeadSpec, StageSpec } from "../spec/spec.js";
import type { Sizes } from "./context.js";
import { createContext, finishForward } from "./parts.js";
import type { Program } from "./program.js";

/** What a head says of every pixel: `logits` [B, side, side, classes]. */
export function buildPixels(stage: StageSpec, sizes: Sizes, head: HeadSpec): Program {
  const context = createContext(stage, sizes, { training: false });
  const logits = ruleOf(head).pixels?.(context, head);
  if (logits === undefined) throw new Error(`internal: the head ${head.name} gives pixels no class`);
  return finishForward(context, `${stage.name}.pixels`, new Map([["logits", logits]]));
}
