// The statements of a `test`, as nodes of the tree. A comparison is one too; it is in expressions.ts, since `expect`
// has it as well.
import type { Call, Comparison, Expression, Name, NodeBase, Reference } from "./expressions.js";

/** A line of a `test` block. */
export type Statement = TrainStatement | EvaluateStatement | ClaimStatement | TraceStatement | Comparison;

/** `train vision for 20 steps on shapes(seed: 1)`; data named without parentheses is a call without arguments. */
export interface TrainStatement extends NodeBase {
  readonly kind: "train";
  readonly stage: Name;
  readonly duration: Expression | undefined;
  readonly data: Call | undefined;
}

/** `evaluate retrieval`, inside a test. */
export interface EvaluateStatement extends NodeBase {
  readonly kind: "evaluate_statement";
  readonly name: Name;
}

/** `changed(attention, experts.vision)`: what training did to parameters. */
export interface ClaimStatement extends NodeBase {
  readonly kind: "claim";
  readonly word: "changed" | "unchanged";
  /** Its callee is the keyword. */
  readonly call: Call;
}

/** `trace loss ± 1%`: compares a curve with the recorded one. */
export interface TraceStatement extends NodeBase {
  readonly kind: "trace";
  readonly series: Reference;
  readonly by: Expression;
}
