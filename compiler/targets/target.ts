// What a target is to the rest of the compiler: a name and the composites it takes as they are.
import type { CompositeName } from "../ops/index.js";

/** What `lower` needs to know. */
export interface Target {
  readonly name: TargetName;
  /** Composites left for the target; all others are expanded before lowering. */
  readonly native: ReadonlySet<CompositeName>;
}

/** A target that `build --emit` or an engine lowers to. */
export type TargetName = "reference" | "onnx" | "tfjs" | "torch";

/** Engines by the name users give; each runs one target. */
export type EngineName = "reference" | "ort" | "tfjs" | "torch";
