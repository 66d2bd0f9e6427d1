// The pools of a head: the negatives of a contrast, and the samples among which hard negatives are mined.
import type { HeadSpec, StageSpec } from "../spec/spec.js";
import { ruleOf } from "./index.js";

/** Whether a head contrasts samples with each other. */
export function contrasts(head: HeadSpec): boolean {
  return ruleOf(head).contrasts !== undefined;
}

/** Whether its contrast spans the whole optimizer batch, however large the micro-batch is. */
export function contrastsWholeBatch(head: HeadSpec): boolean {
  return ruleOf(head).contrasts?.(head) === "batch";
}

/** Whether micro-batches share the pool of a contrast, so that all vectors are computed before any gradient. */
export function dividesPool({ cached, micro, batch, learn }: StageSpec): boolean {
  return cached && micro < batch && learn.some(({ head }) => contrastsWholeBatch(head));
}

/**
 * Whether a head mines negatives from a contrast over the whole optimizer batch; each of several processes reads only a
 * part of it.
 */
export function minesWholeBatch({ learn, heads }: Pick<StageSpec, "learn" | "heads">): boolean {
  return learn.some(({ head }) => {
    const source = ruleOf(head).mines?.(head);
    return heads.some((each) => each.name === source && contrastsWholeBatch(each));
  });
}

/** The size of a head's pool of negatives, the sample itself included; null for a head without negatives. */
export function poolOf(
  head: HeadSpec,
  heads: readonly HeadSpec[],
  stage: Pick<StageSpec, "batch" | "micro">,
): number | null {
  const { contrasts, mines } = ruleOf(head);
  if (contrasts !== undefined) return stage[contrasts(head)];
  if (mines === undefined) return null;
  const source = heads.find(({ name }) => name === mines(head));
  return source === undefined ? stage.micro : poolOf(source, heads, stage);
}

/** The pools, in pairs, of a stage's contrastive heads, and those in which its matching heads mine hard negatives. */
export function poolsOf(stage: StageSpec): { head: string; pairs: number }[] {
  const heads = stage.learn.map(({ head }) => head);
  return heads.flatMap((head) => {
    const pairs = poolOf(head, heads, stage);
    return pairs === null ? [] : [{ head: head.name, pairs }];
  });
}
