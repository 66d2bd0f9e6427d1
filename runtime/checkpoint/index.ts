// The door of checkpoints: our folders, and the foreign files they come from and go to.
export {
  checkpointManifest,
  openCheckpoint,
  readCheckpoint,
  savedVocabulary,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointContents,
  type ReadCheckpointOptions,
} from "./folder.js";
export type { Manifest, ManifestFacts } from "./manifest.js";
export {
  bestCheckpoint,
  checkpointName,
  latestCheckpoint,
  listCheckpoints,
  removeCheckpoint,
  saveCheckpoint,
  stageOfCheckpoint,
  type Saved,
  type SaveOptions,
} from "./store.js";
export { importCheckpoint, ImportError, planImport, problemsText } from "./import.js";
export type { ImportOptions, ImportPlan, ImportProblem, ImportReport, ImportTarget } from "./import.js";
export { exportCheckpoint, type Exported } from "./export.js";
export { layoutContext } from "./layouts/context.js";
export { layouts, type Layout, type LayoutContext, type Target } from "./layouts/index.js";
export { memorySource, openTensorFile, readTensorFile, type TensorSource } from "./source.js";
export { resizeBy, resizeNames, type ResizeName, type TableSize } from "./resize.js";
export { cleanLeftovers } from "./replace.js";
export { vocabularyDifference } from "./vocabulary.js";
export { readParameters } from "./parameters.js";
