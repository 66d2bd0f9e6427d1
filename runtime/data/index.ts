// The door of the data pipeline, for the trainer and the command line.
export { VlmoError, type Place } from "../vlmo-error.js";
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
} from "./data-set.js";
export type { AugmentStep } from "./augment.js";
export type { Rgb } from "./swap-colours.js";
export type { Batch, BatchCounts, BatchNeeds, BatchOptions, BatchSource, Position } from "./batch.js";
export { createImageLoader, type ImageLoader } from "./image.js";
export { openImages } from "./image-workers.js";
export { piecesOf, wholeOf, type Piece } from "./pieces.js";
export { pairingOf, type Pairing } from "./pairing.js";
export { evaluationBatches, trainingBatches, type Remainder } from "./batch-source.js";
export { checkSupplies } from "./assemble.js";
export { filesOf, spread, undecodable, unreadable, type NamedFile } from "./headers.js";
export { readNames } from "./name-list.js";
export { counted } from "./notes.js";
export { maskedPatchCount, type PatchMasking } from "./mask-patches.js";
export type { TokenMasking } from "./mask-tokens.js";
export { sources, type SourceName } from "./sources.js";
export { createTokenizer, learnVocabulary, SPECIAL_TOKENS, tokenizerFromFile, type Tokenizer } from "./tokenizer.js";
export { thumbnail, type Thumbnail } from "./thumbnail.js";
