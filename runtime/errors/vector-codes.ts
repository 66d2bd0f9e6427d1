// Codes of files of vectors and their search.
import type { CodeEntry } from "./data-codes.js";

/** By code. */
export const vectorCodes = {
  V901: {
    message: (h: { reason: string }) => `nothing can be searched for: ${h.reason}`,
    help: "`vlmo help search` shows what can be asked of which vectors",
    explain:
      "A query is made a vector in the same way as what is searched: texts and images have vectors in common only of a contrast, and " +
      "vectors of pairs are asked by an image and a text together.",
  },
  V909: {
    message: (h: { reason: string }) => `nothing can be embedded: ${h.reason}`,
    help: "name a feature with --feature, and images, texts or records that it reads",
    explain:
      "A vector comes of a contrast (the projected, normalised class token of images or texts) or is a feature of the trunk: `image.cls`, " +
      "`text.cls`, `pair.cls`, `pair.pooled`. Only views that the stage or one before it has learnt from give vectors.",
  },
  V948: {
    message: (h: { file: string; reason: string }) => `\`${h.file}\` holds no vectors that can be used: ${h.reason}`,
    help: "name a .safetensors file that `vlmo embed` has written, or a folder of images",
    explain:
      "A file of vectors holds a matrix `vectors`, a line of JSON for each of its rows in `rows`, and says in its metadata which model and " +
      "feature they are of.",
  },
  V949: {
    message: (h: { file: string; differs: string }) => `\`${h.file}\` holds vectors of something else: ${h.differs}`,
    help: "name another file, or remove this one to have its vectors computed again",
    explain:
      "Vectors of two models, features or precisions cannot be compared. A file, and the blocks of a run that was stopped, say what they are " +
      "of, and are never mixed with others.",
  },
} satisfies Readonly<Record<string, CodeEntry>>;
