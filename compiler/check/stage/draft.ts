// A stage that is being checked, and the spans of its keys.
import type { z } from "zod";
import type { Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { BlockNode } from "../../resolve/blocks.js";
import { stageSchema } from "../../schema/blocks.js";
import { keyHelp } from "../../schema/fields.js";
import { isForgiven } from "../../schema/read.js";
import type { StageSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { placeOf } from "../model/place.js";

/** The values of a stage's block, parsed by its schema. */
export type StageValues = z.output<typeof stageSchema>;

/** A stage that is being checked: its name, its block, and the values read so far. */
export interface Draft {
  readonly name: string;
  readonly span: Span;
  readonly body: BlockNode;
  readonly values: StageValues;
}

/** The numeric settings of a stage. */
export type Numbers = Pick<
  StageSpec,
  "batch" | "micro" | "cached" | "mean" | "gatherGradient" | "duration" | "schedule" | "seed" | "validate"
>;

/** The span of a stage's key, or of an argument of it that was changed separately. */
export function at(draft: Draft, key: string, argument?: string): Span {
  const node = draft.body.entries.get(key)?.node;
  const changes = node?.kind === "block" ? node : node?.changes;
  const changed = argument === undefined ? undefined : changes?.entries.get(argument)?.reference.span;
  return changed ?? placeOf(draft.body, null, key) ?? draft.span;
}

/** Reports a missing key; a key that is there but wrong was reported itself. */
export function needs(draft: Pick<Draft, "name" | "span" | "body">, key: string, context: Context): null {
  if (isMissing(key, draft.body))
    context.report(diagnose("V515", draft.span, { stage: draft.name, key }, keyHelp(stageSchema, key)));
  return null;
}

/** Whether a key is really missing, and not only because of something that was reported. */
export function isMissing(key: string, body: BlockNode): boolean {
  return !body.entries.has(key) && !isForgiven(key, body, Object.keys(stageSchema.shape));
}
