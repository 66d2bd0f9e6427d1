// The public API of the data pipeline, for training and the command line.
export {
  concatenated,
  recordsOf,
  someOf,
  suppliesOf,
  type DataKind,
  type DataSet,
  type Digest,
  type ImageSource,
  type ImageWindow,
  type Item,
  type Note,
  type ImageFile,
} from "./sources/data-set.js";
export type { Batch, BatchNeeds, BatchOptions, BatchSource, Position } from "./batches/batch.js";
export { createImageLoader, writePixels, type ImageLoader } from "./images/image.js";
export { openImages } from "./images/image-workers.js";
export { microBatchesOf, stacked, wholeOf, type MicroBatch } from "./batches/micro-batches.js";
export { firstsOf, pairingOf, type Pairing } from "./batches/pairing.js";
export { pairingByContent } from "./batches/pairing-by-content.js";
export { evaluationBatches, evaluationBatchesBy, trainingBatches, trainingBatchesBy } from "./batches/batch-source.js";
export { checkSupplies } from "./batches/assemble.js";
export { decodeAll, filesOf, sampled, spread, unreadable, type Decoded, type NamedFile } from "./images/headers.js";
export { readNames } from "./sources/name-list.js";
export { sourceOf } from "./sources/sources.js";
export { tokenizerFiles } from "./text/tokenizer-files.js";
export { createTokenizer, learnVocabulary, textOf, tokenizerFromFile, type Tokenizer } from "./text/tokenizer.js";
export { NO_CLASS, notAmong } from "./images/mask.js";
export type { Extent, Raster } from "./images/raster.js";
export { colourOf, overlaid } from "./images/overlay.js";
export { thumbnail, type PixelSource } from "./images/thumbnail.js";
export { maskPng } from "./images/drawn-mask.js";
export { uprightSize } from "./images/open-image.js";
