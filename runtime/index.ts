// The public API of vlmo: the commands as functions, with defaults for everything; below them programs, engines and
// checkpoints.
export { check, loadSpec, type LoadOptions, type SpecSource } from "./library/load-spec.js";
export { train, type Training, type TrainingEnd, type TrainingEvent, type TrainingOptions } from "./library/train.js";
export type { RunEvent } from "./train/events.js";
export type { EvaluationEvent, MetricValue, StageEnd, StepEvent } from "./train/listener.js";
export { evaluate, type EvaluationOptions, type EvaluationResult } from "./library/evaluate.js";
export { init, type Initialised, type InitOptions } from "./library/init.js";
export { rehearse, type RehearsalOptions } from "./library/rehearse.js";
export type { RehearsalFacts } from "./rehearse/facts.js";
export { openModel, type ModelChoice } from "./library/model.js";
export { predict, type PredictionOptions } from "./library/predict.js";
export {
  embed,
  embedInto,
  search,
  type Embedded,
  type EmbeddingOptions,
  type SearchingOptions,
} from "./library/vectors.js";
export type { Found, Hit } from "./search/search.js";
export { exportModel, type ExportOptions } from "./library/export.js";
export { serve, type ServingOptions } from "./library/serve.js";
export type { Server } from "./serve/server.js";
export type { TrainedModel } from "./predict/model.js";
export type { Answer, Prediction, Question, Said } from "./predict/answer.js";
export type { Notice } from "./library/notice.js";
export { VlmoError } from "./errors/vlmo-error.js";
export { SpecError } from "./errors/spec-error.js";
export type { Code } from "./errors/codes.js";
export { readRun, type RunRecord } from "./report/run.js";
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
export { openEngine, type EngineChoice } from "./engines/open.js";
export { float32, int32, scalar, type Tensor, type Tensors } from "./tensor.js";
export * from "./checkpoint/index.js";
