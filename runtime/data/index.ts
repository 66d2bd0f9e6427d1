// The door of the data pipeline, for the trainer and the command line.
export { DataError, dataError, type Place } from "./data-error.js";
export { concatenated, suppliesOf, type DataKind, type DataSet, type Item, type Supply } from "./data-set.js";
export type { AugmentStep } from "./augment.js";
export type { Batch, BatchCounts, BatchNeeds, BatchOptions, BatchSource, Position } from "./batch.js";
export { evaluationBatches, trainingBatches, type Remainder } from "./batch-source.js";
export { maskedPatchCount, type PatchMasking } from "./mask-patches.js";
export { IGNORED, type TokenMasking } from "./mask-tokens.js";
export { sources, type SourceName } from "./sources.js";
export { createTokenizer, learnVocabulary, tokenizerFromFile, type Tokenizer } from "./tokenizer.js";
