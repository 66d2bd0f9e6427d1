// The largest sizes that a specification may ask for: far above any model or run there is, and low enough that counts of
// parameters, tokens and bytes stay numbers that are right to the last digit.

/** By what is counted. */
export const most = {
  layers: 1000,
  /** Features of a token, and attention heads. */
  width: 100_000,
  /** Hidden width of an expert over the model's. */
  ratio: 1000,
  /** Along one side of an image or a patch. */
  pixels: 16_384,
  /** Of a whole image: cameras make up to 108 million, and decoded it takes 400 MB. */
  imagePixels: 2 ** 27,
  /** Of a text, or of an image. */
  tokens: 1_000_000,
  vocabulary: 10_000_000,
  classes: 10_000_000,
  beams: 1000,
  batch: 10_000_000,
  /** Steps or epochs. */
  steps: 1_000_000_000_000,
  items: 1_000_000_000_000,
  /** Of numbers that engines compute with in float32, whose largest is 3.4e38. */
  real: 1e30,
  /** Of strings that are joined: params that double one another grow beyond any memory. */
  characters: 10_000,
} as const;
