// A checked stage with what only its successors need, and the context for checking stages.
import type { Declared } from "../../resolve/module.js";
import type { DataSpec, StageSpec } from "../../spec/spec.js";
import type { Doubts } from "../doubts.js";
import type { Trained } from "../../spec/hand-over.js";
import type { HeadLookUp } from "../head/head-context.js";
import type { ModelResult } from "../model/model.js";

/** A stage as far as it could be read, and what only its successors need. */
export interface StageResult {
  readonly spec: StageSpec;
  /** Which parts of it, or of its predecessors, are stand-ins. */
  readonly doubts: Doubts;
  /** Whether neither it nor anything that it uses has errors. */
  readonly isSound: boolean;
  /** The model before `with`, which a later stage inherits if it names none; null: unknown. */
  readonly model: Declared | null;
  /** Names that this stage or a predecessor trained; `all` if the first of them starts from a file. */
  readonly trained: Trained | "all";
  /** The stage it comes from. */
  readonly before: StageResult | null;
}

/** Everything declared that a stage may refer to. */
export interface Parts {
  readonly models: (declared: Declared) => ModelResult | null;
  readonly data: (declared: Declared) => DataSpec | null;
  readonly heads: HeadLookUp;
  readonly stages: (declared: Declared) => StageResult | null;
}

/** The stages that a stage comes from, first to last. */
export function predecessors(result: StageResult): StageSpec[] {
  const chain: StageSpec[] = [];
  for (let next = result.before; next !== null; next = next.before) chain.unshift(next.spec);
  return chain;
}
