// The door of the data pipeline, for the trainer and the command line.
export { VlmoError, type Place } from "../errors/vlmo-error.js";
export {
  concatenated,
  recordsOf,
  suppliesOf,
  type DataKind,
  type DataSet,
  type Digest,
  type ImageSource,
  type Item,
  type Note,
  type Supply,
} from "./sources/data-set.js";
export type { Rgb } from "./images/swap-colours.js";
export type { Batch, BatchCounts, BatchNeeds, BatchOptions, BatchSource, Position } from "./batches/batch.js";
export { createImageLoader, type ImageLoader } from "./images/image.js";
export { openImages } from "./images/image-workers.js";
export { piecesOf, wholeOf, type Piece } from "./batches/pieces.js";
export { pairingOf, type Pairing } from "./batches/pairing.js";
export { evaluationBatches, trainingBatches, type Remainder } from "./batches/batch-source.js";
export { checkSupplies } from "./batches/assemble.js";
export { filesOf, spread, undecodable, unreadable, type NamedFile } from "./images/headers.js";
export { readNames } from "./sources/name-list.js";
export { maskedPatchCount, type PatchMasking } from "./batches/mask-patches.js";
export type { TokenMasking } from "./batches/mask-tokens.js";
export { sourceOf } from "./sources/sources.js";
export {
  createTokenizer,
  learnVocabulary,
  SPECIAL_TOKENS,
  tokenizerFromFile,
  type Tokenizer,
} from "./text/tokenizer.js";
export { thumbnail, type Thumbnail } from "./images/thumbnail.js";
