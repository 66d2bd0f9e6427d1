// A checked stage with what only its successors need to know, and what a stage is checked with.
import type { Declared } from "../../resolve/module.js";
import type { DataSpec, StageSpec } from "../../spec/spec.js";
import type { Doubts } from "../doubts.js";
import type { Trained } from "../../spec/hand-over.js";
import type { HeadLookUp } from "../head/head-context.js";
import type { ModelResult } from "../model/model.js";

/** A stage as far as it could be read, and what only its successors need to know. */
export interface StageResult {
  readonly spec: StageSpec;
  /** What of it, or of the stages before, are stand-ins. */
  readonly doubts: Doubts;
  /** Whether nothing is wrong with it, nor with what it is made of. */
  readonly isSound: boolean;
  /** The model before `with`, which a later stage has where it names none; null: it is not known. */
  readonly model: Declared | null;
  /** Names that this stage or one before it trained; `all` where the first of them comes from a file. */
  readonly trained: Trained | "all";
  /** The stage it comes from. */
  readonly before: StageResult | null;
}

/** What a stage is checked with: everything declared beside it. */
export interface Parts {
  readonly models: (declared: Declared) => ModelResult | null;
  readonly data: (declared: Declared) => DataSpec | null;
  readonly heads: HeadLookUp;
  readonly stages: (declared: Declared) => StageResult | null;
}

/** The stages that a stage comes from, the first one first. */
export function predecessors(result: StageResult): StageSpec[] {
  const chain: StageSpec[] = [];
  for (let next = result.before; next !== null; next = next.before) chain.unshift(next.spec);
  return chain;
}
