// The public API of checkpoints: our folders, and the foreign files they are imported from and exported to.
export {
  checkpointManifest,
  openCheckpoint,
  type OpenCheckpoint,
  readCheckpoint,
  savedLabels,
  savedSpecification,
  savedVocabulary,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointContents,
  type ReadCheckpointOptions,
} from "./folder.js";
export { manifestFile, type Manifest, type ManifestFacts } from "./manifest.js";
export { fingerprintOf } from "./fingerprint.js";
export {
  bestCheckpoint,
  checkpointName,
  createSaver,
  damagedCheckpoints,
  latestCheckpoint,
  listCheckpoints,
  removeCheckpoint,
  soundCheckpoint,
  stageOfCheckpoint,
  type DamagedCheckpoint,
  type SavedCheckpoint,
  type SaveOptions,
} from "./store.js";
export { importCheckpoint, planImport } from "./import.js";
export type { ImportOptions, ImportPlan, ImportReport, ImportTarget } from "./import.js";
export { openForStage, targetOf, type OpenForStage, type StageTarget } from "./for-stage.js";
export { ImportError, misfitError, problemsText, type ImportProblem } from "./problems.js";
export { inStage } from "./remedies.js";
export {
  inspect,
  type Inspection,
  type CheckpointInspection,
  type FileInspection,
  type RunInspection,
} from "./inspect.js";
export { type TensorEntry, type TensorsFound, type Values } from "./contents.js";
export { atMost } from "./grouped.js";
export { layoutText, rowsOf, type TensorRow } from "./rows.js";
export { ledgerOf, type Ledger } from "./ledger.js";
export { exportCheckpoint, type Exported } from "./export.js";
export { layoutContext } from "./layouts/context.js";
export { layouts, type Layout, type LayoutContext, type Target } from "./layouts/index.js";
export { memorySource, openTensorFile, readSource, readTensorFile, type TensorSource } from "./source.js";
export { importAdvice } from "./foreign.js";
export { resizeBy, resizeNames, type ResizeName } from "./resize.js";
export { cleanLeftovers, replaceFolder } from "./replace.js";
export { vocabularyDifference, vocabularyFile, vocabularyText } from "./vocabulary.js";
export { specificationFile, specificationText, type Labels, type SavedSpecification } from "./specification.js";
export { readParameters } from "./parameters.js";
