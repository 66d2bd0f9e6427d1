// Upper limits of the sizes in a specification: far above any existing model or run, and low enough that counts of
// parameters, tokens and bytes are exact integers.

/** By what is counted. */
export const most = {
  layers: 1000,
  /** Features of a token; also the number of attention heads. */
  width: 100_000,
  /** Hidden width of an expert divided by the model's width. */
  ratio: 1000,
  /** Side of an image or a patch. */
  pixels: 16_384,
  /** Pixels of a whole image: cameras produce up to 108 million; decoded, such an image takes 400 MB. */
  imagePixels: 2 ** 27,
  /** Tokens of a text or an image. */
  tokens: 1_000_000,
  vocabulary: 10_000_000,
  classes: 10_000_000,
  beams: 1000,
  batch: 10_000_000,
  /** Steps or epochs. */
  steps: 1_000_000_000_000,
  items: 1_000_000_000_000,
  /** Generated scenes: a caption that is true of one alone is sought among all, and all are kept in memory. */
  scenes: 1_000_000,
  /** Numbers that engines compute with in float32, whose largest value is 3.4e38. */
  real: 1e30,
  /** Length of concatenated strings: params that double one another would exceed any memory. */
  characters: 10_000,
} as const;
