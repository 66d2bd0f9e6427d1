// The compiler's public API for programs that do not run specifications: checking, plans, comparisons, the reference.
// It loads nothing about graphs, so that `vlmo check` starts fast.
export type * from "./spec/spec.js";
export type { DataKind } from "./schema/data.js";
export { roleLayer, rolePath, type ParameterSpec, type Role, type Initial } from "./spec/parameter.js";
export { featureText } from "./spec/feature-text.js";
export { durationText, inSteps, itemsOf } from "./spec/durations.js";
export { shareText, sharesOf } from "./spec/mixture.js";
export { parametersOf } from "./spec/parameter-list.js";
export { predecessorOf, withPredecessors } from "./spec/predecessors.js";
export { featureShape, imageTokens, patchesPerSide, relativeRows, tokensOf } from "./spec/geometry.js";
export { ignored, inputs, prefixes, type BatchWants, type OwnWant, type PixelType } from "./spec/inputs.js";
export { positionRuleOf, positionTable } from "./positions/index.js";
export { isFused, type AnyHead, type HeadKind } from "./heads/index.js";
export { isState, optimizerRuleOf, parameterOfState, stateNames, stepScalars } from "./optimizers/index.js";
export { formatOf, namesList } from "./schema/formats.js";
export { memberFields, recordFields, type RecordFields } from "./schema/record-keys.js";
export { calledAt, isValueOf, metricRule, recallName, type MetricName } from "./schema/metrics.js";
export { most } from "./schema/most.js";
export type { NameList } from "./schema/names.js";
export { rateAfter, scheduleKinds, type ScheduleKind } from "./schema/schedules.js";
export { applyFixes, type Applied, type Fixed } from "./fix/fix.js";
export { checkSpec, type CheckOptions, type CheckResult } from "./check.js";
export type { Expectation } from "./check/claims/expectations.js";
export {
  kindWords,
  type Declared,
  type FileAccess,
  type Module,
  type Named,
  type NamedKind,
} from "./resolve/module.js";
export { loadModules, withImported } from "./resolve/modules.js";
export { lineage } from "./resolve/lineage.js";
export type { BlockAround, CallAround, Holder, Place } from "./places/place.js";
export { anything, slotOf, type Slot, type Word } from "./places/slot.js";
export { positional } from "./places/walk-values.js";
export { expertsOf, headKindOf } from "./places/holders.js";
export { namesIn, namesOf, type PlacedName } from "./places/uses.js";
export { stageKeyMeant } from "./schema/meant.js";
export { cursorAt, type At, type CallAt, type Cursor } from "./places/cursor.js";
export { explainFailure } from "./check/claims/explain-failure.js";
export { boundsAround, type ComparisonSpec, type Tolerance } from "./spec/comparison.js";
export { seriesText, type MeasureSpec, type SeriesSpec, type TestSpec, type TestStep } from "./spec/tests.js";
export { compilerCodes, type CompilerCode } from "./codes.js";
export { expertFor, expertServing, expertsIn, fusedFrom, layersOf, pairLayers, type Route } from "./spec/routing.js";
export { reachOf, reachOfAll } from "./spec/reach.js";
export {
  handOver,
  mayBeNew,
  resizeRuleOf,
  stageHandOver,
  type Predecessor,
  type HandOver,
  type Held,
  type StageHandOver,
  type Successor,
} from "./spec/hand-over.js";
export {
  planModel,
  planOf,
  planStage,
  type Plan,
  type HandOverPlan,
  type CheckpointPlan,
  type ModelPlan,
  type PlanOptions,
  type StagePlan,
} from "./plan/plan.js";
export { multipliesIn, type DeviceName } from "./plan/devices.js";
export { precisionNames, precisions, type Precision } from "./ir/precision.js";
export { copiesText, dataText, flopsText, lengthText, planText } from "./plan/text.js";
export { bytesText } from "./plan/cost-text.js";
export { countText } from "./plan/count-text.js";
export { layersText } from "./check/model/placement.js";
export { showDeclaration, showFile, type ShowOptions, type ShowResult } from "./show/show.js";
export { plainSpec } from "./show/plain.js";
export type { Json, JsonObject } from "./show/shown.js";
export { showText } from "./show/text.js";
export type * from "./show/shown.js";
export { factNames, howText, language, type Entry, type Group, type Key } from "./reference/language.js";
export { referencePage } from "./reference/page.js";
export { diagnosticsPage } from "./reference/diagnostics-page.js";
export { comparedLines, titleOf, type ComparedLine } from "./reference/titles.js";
export { jsonSchema } from "./reference/json-schema.js";
export { diffDeclarations, diffSpecs, type Change, type DeclarationDiff, type SpecDiff } from "./diff/diff.js";
export { meaningChanges, stageMeaning, type Meaning } from "./diff/meaning.js";
export { pairsOf, type Pair } from "./diff/pairs.js";
export { changeText, diffText } from "./diff/text.js";
