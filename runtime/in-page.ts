// What of the runtime a page in a browser holds: training on data that are generated, without files and processes.
export {
  createTokenizer,
  learnVocabulary,
  concatenated,
  type DataSet,
  type Tokenizer,
  type ImageLoader,
  type ImageSource,
} from "./data/index.js";
export { openShapes } from "./data/shapes/world.js";
export { openInPage } from "./engines/tfjs/in-page.js";
export type { Engine } from "./engines/index.js";
export { VlmoError } from "./errors/vlmo-error.js";
export type { Tensors } from "./tensor.js";
export { drawHere } from "./train/draw.js";
export { handedByStage } from "./train/hand-over.js";
export { trainInMemory } from "./train/in-memory.js";
export { nothingHanded, startFrom, type Handed } from "./train/initialize.js";
export { silent, type StepEvent } from "./train/listener.js";
