// The one door of the compiler.
export { sizeOf, sameShape, typeText, type Dtype, type Shape, type TensorType } from "./ir/types.js";
export type * from "./spec/spec.js";
export {
  parametersOf,
  imageTokens,
  patchesPerSide,
  relativeRows,
  type ParameterSpec,
  type Role,
  type Initial,
} from "./spec/parameters.js";
export {
  createGraph,
  input,
  topological,
  useCounts,
  rewrite,
  withOrigin,
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
  definitionOf,
  isOpName,
  type PrimitiveName,
  type CompositeName,
  type OpName,
  type OpAttributes,
} from "./ops/index.js";
export type { Target, TargetName, EngineName } from "./targets/target.js";
export { lower, targets } from "./targets/index.js";
export {
  encodeModel,
  inputName,
  outputName,
  overwrites,
  writeOnnx,
  type MayOverwrite,
  type OnnxModel,
} from "./targets/onnx/index.js";
export { differentiate, gradientsOf } from "./passes/differentiate.js";
export { buildAccumulate, buildEncode, buildForward, buildGradient, buildStep, buildUpdate } from "./build/build.js";
export { isLowered } from "./heads/index.js";
export type { Sizes } from "./build/context.js";
export {
  programNames,
  type Count,
  type Derivation,
  type Distribution,
  type Program,
  type ProgramName,
} from "./build/program.js";
export { print, type PrintOptions } from "./ir/print.js";
export { parse, type IrProblem, type ParsedGraph } from "./ir/parse.js";
export { verify, type Stage } from "./ir/verify.js";
export { applyFixes, type Applied, type Fixed } from "./fix/fix.js";
export { checkSpec, type CheckOptions, type CheckResult } from "./check.js";
export type { Expectation } from "./check/expectations.js";
export type { FileAccess } from "./resolve/modules.js";
export { unmet } from "./check/unmet.js";
export { boundsAround, type ComparisonSpec, type Tolerance } from "./spec/comparison.js";
export { seriesText, type MeasureSpec, type SeriesSpec, type TestSpec, type TestStep } from "./spec/tests.js";
export { compilerCodes, type CompilerCode } from "./codes.js";
export { expertFor, expertServing, expertsIn, fusedFrom, pairLayers, type Route } from "./check/routing.js";
export { reachOf, reachOfAll } from "./check/reach.js";
export { handOver, type Giver, type HandOver, type Taker } from "./check/hand-over.js";
export { planOf, type Plan, type ModelPlan, type PlanOptions, type StagePlan } from "./plan/plan.js";
export type { DeviceName } from "./plan/devices.js";
export type { Precision } from "./plan/memory.js";
export { planText } from "./plan/text.js";
export { showDeclaration, showFile, type ShowOptions, type ShowResult } from "./show/show.js";
export { plainSpec, type Json, type JsonObject } from "./show/plain.js";
export { showText } from "./show/text.js";
export type * from "./show/shown.js";
export { language, type Entry, type Group, type Key } from "./reference/language.js";
export { referencePage } from "./reference/page.js";
export { diagnosticsPage } from "./reference/diagnostics-page.js";
export { jsonSchema } from "./reference/json-schema.js";
export { diffDeclarations, diffSpecs, type Change, type DeclarationDiff, type SpecDiff } from "./diff/diff.js";
export { diffText } from "./diff/text.js";
