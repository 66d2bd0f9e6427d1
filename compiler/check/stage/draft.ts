// A stage that is being checked, and where its keys are written.
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

/** The values of a stage's block as its schema gives them. */
export type StageValues = z.output<typeof stageSchema>;

/** A stage that is being checked: its name, its block, and what was read of it. */
export interface Draft {
  readonly name: string;
  readonly span: Span;
  readonly body: BlockNode;
  readonly values: StageValues;
}

/** The parts of a stage that are numbers. */
export type Numbers = Pick<
  StageSpec,
  "batch" | "micro" | "cached" | "mean" | "gatherGradient" | "duration" | "schedule" | "seed" | "validate"
>;

/** Where a key of a stage is written, or the argument of it that was changed alone. */
export function at(draft: Draft, key: string, argument?: string): Span {
  const node = draft.body.entries.get(key)?.node;
  const changes = node?.kind === "block" ? node : node?.changes;
  const changed = argument === undefined ? undefined : changes?.entries.get(argument)?.reference.span;
  return changed ?? placeOf(draft.body, null, key) ?? draft.span;
}

/** Says that a stage lacks a key; one that is there and wrong was reported there. */
export function needs(draft: Pick<Draft, "name" | "span" | "body">, key: string, context: Context): null {
  if (isMissing(key, draft.body))
    context.report(diagnose("V515", draft.span, { stage: draft.name, key }, keyHelp(stageSchema, key)));
  return null;
}

/** Whether a stage lacks a key, and nothing that was reported is why it seems so. */
export function isMissing(key: string, body: BlockNode): boolean {
  return !body.entries.has(key) && !isForgiven(key, body, Object.keys(stageSchema.shape));
}
