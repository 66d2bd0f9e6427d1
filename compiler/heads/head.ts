// What a head contributes to a program: named outputs (logits, features) and its loss.
import type { Value } from "../ir/graph.js";
import type { BuildContext } from "../build/context.js";
import type { HeadKind, HeadSpec } from "../spec/spec.js";

export type HeadOf<Kind extends HeadKind> = Extract<HeadSpec, { kind: Kind }>;

export interface HeadResult {
  /** Mean over the optimizer batch: this run's sum over the count of the whole batch. A scalar. */
  readonly loss: Value;
  /** Named outputs, each prefixed by the head's name when the program lists them: `logits`, `weights_i2t`, … */
  readonly outputs: ReadonlyMap<string, Value>;
  /** Sums that validation divides by `count.HEAD`: `correct`. */
  readonly sums: ReadonlyMap<string, Value>;
}

export interface HeadLowering<Kind extends HeadKind> {
  /**
   * Adds the head to a program. `full` asks for the logits of every position, which training does not compute.
   */
  readonly lower: (context: BuildContext, head: HeadOf<Kind>, full: boolean) => HeadResult;
}
