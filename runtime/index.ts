// The public API of the runtime, for programs that use vlmo as a library.
export { train } from "./train/train.js";
export type { TrainOptions, TrainResult } from "./train/run.js";
export type { EvaluationEvent, Listener, MetricValue, StageEnd, StageStart, StepEvent } from "./train/listener.js";
export { evaluate } from "./evaluate/evaluate.js";
export type { EvaluateOptions } from "./evaluate/options.js";
export {
  execProgram,
  programOf,
  signatureOf,
  type ExecData,
  type ExecRequest,
  type ExecResult,
} from "./program/exec.js";
export {
  engines,
  type Engine,
  type EngineOptions,
  type Executable,
  type Handle,
  type Handles,
} from "./engines/index.js";
export { DataShelf, openTokenizers, type Corpus } from "./data/stage-data.js";
export { float32, int32, scalar, type Tensor, type Tensors } from "./tensor.js";
export * from "./checkpoint/index.js";
