// The public API of the whole compiler; front-end.ts is the smaller one.
export * from "./front-end.js";
export {
  hostType,
  sizeOf,
  sameShape,
  typeText,
  type Dtype,
  type HostDtype,
  type HostType,
  type Shape,
  type TensorType,
} from "./ir/types.js";
export {
  createGraph,
  input,
  topological,
  useCounts,
  rewrite,
  withOrigin,
  type Origin,
  type Graph,
  type Node,
  type Value,
  type Input,
  type InputRole,
  type Attribute,
  type Attributes,
} from "./ir/graph.js";
export {
  primitives,
  composites,
  collectives,
  definitionOf,
  isOpName,
  type PrimitiveName,
  type CompositeName,
  type CollectiveName,
  type OpName,
  type OpAttributes,
} from "./ops/index.js";
export type { Target } from "./targets/target.js";
export { lower, targets } from "./targets/index.js";
export { schedule, type Step } from "./targets/schedule.js";
export { attentionKernels, hasAttention, torchWith, writeTorch, type AttentionKernel } from "./targets/torch/index.js";
export { explorerData, explorerGraph, type ExplorerCollection, type ExplorerData } from "./targets/model-explorer.js";
export {
  encodeModel,
  freeBatch,
  inputName,
  outputName,
  overwrites,
  withWeights,
  writeOnnx,
  type ForBatch,
  type MayOverwrite,
  type OnnxModel,
  type ProviderName,
} from "./targets/onnx/index.js";
export { differentiate, gradientsOf } from "./passes/differentiate.js";
export {
  buildAccumulate,
  buildEncode,
  buildFinal,
  buildForward,
  buildGradient,
  buildStep,
  buildUpdate,
  readViews,
} from "./build/build.js";
export { buildAnswer } from "./build/answer.js";
export { buildFeature, buildJudgement, buildVector, scoresGraph, type VectorName } from "./build/retrieval.js";
export { buildNext, buildPrefix, nextInputs } from "./build/generate.js";
export { buildPool, buildVectors } from "./build/divided.js";
export { buildFetch } from "./build/fetch.js";
export { buildWhole } from "./build/shards.js";
export { lastMicroBatch } from "./spec/micro-batches.js";
export { itemsOfRank, type Rank } from "./spec/ranks.js";
export { shardOf } from "./spec/shards.js";
export { vectorFeatures } from "./check/head/features.js";
export { ruleOf, weightsFileOf } from "./heads/index.js";
export { maskAmong, suffixAmong } from "./heads/masks.js";
export type { Search } from "./heads/head.js";
export { contrastsWholeBatch, dividesPool, minesWholeBatch } from "./heads/pools.js";
export { between } from "./heads/sampling.js";
export { metricsOn, offers } from "./check/claims/evaluation.js";
export { programName } from "./build/parts.js";
export type { Sizes } from "./build/context.js";
export {
  programNames,
  type Count,
  type Derivation,
  type Distribution,
  type Gathering,
  type Program,
  type ProgramName,
  type Range,
} from "./build/program.js";
export { print, type PrintOptions } from "./ir/print.js";
export { parse, type IrProblem, type ParsedGraph } from "./ir/parse.js";
export { verify, type Stage } from "./ir/verify.js";
export { narrowSpec, type NarrowOptions } from "./rehearse/narrow.js";
