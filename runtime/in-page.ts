// The part of the runtime for a page in a browser: training and evaluation on generated data, without files and processes.
export {
  concatenated,
  createTokenizer,
  learnVocabulary,
  writePixels,
  type DataSet,
  type ImageLoader,
  type ImageSource,
  type Tokenizer,
} from "./data/index.js";
export { openShapes } from "./data/shapes/world.js";
export { openInPage } from "./engines/tfjs/in-page.js";
export type { Engine } from "./engines/index.js";
export { VlmoError } from "./errors/vlmo-error.js";
export { evaluateBy, type Evaluation } from "./evaluate/evaluate.js";
export type { Sample } from "./evaluate/samples.js";
export { createAll, releaseAll } from "./program/results.js";
export { chanceText, valueText } from "./report/words.js";
export { samplesSection } from "./report/samples.js";
export type { Tensors } from "./tensor.js";
export { drawHere } from "./train/draw.js";
export { handedByStage } from "./train/hand-over.js";
export { trainInMemory } from "./train/in-memory.js";
export { nothingHanded, startFrom } from "./train/initialize.js";
export { silent, type StepEvent } from "./train/listener.js";
