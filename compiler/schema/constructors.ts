// The constructors of the language, each with its arguments, defaults and documentation. Defaults are what a careful
// engineer would choose today; the original's choices have names of their own.
import { z } from "zod";
import { activationNames } from "../ops/activations.js";
import { optimizers } from "../optimizers/index.js";
import { positions } from "../positions/index.js";
import { augmentations } from "./augmentations.js";
import { choice, doc, orNone, string, written } from "./fields.js";
import { list } from "./lists.js";
import { most } from "./most.js";
import { count, ratio, real } from "./numbers.js";
import { metrics, rerankings, windowings } from "./metrics.js";
import { mixings } from "./mixings.js";
import { nameLists } from "./names.js";
import type { Signature } from "./signature.js";
import { schedules } from "./schedules.js";

const rate = () => real({ least: 0, open: "low" });
const maskRatio = () => ratio({ open: "both" });

/** Constructors for `norm:`. */
export const norms = {
  layer_norm: {
    doc: "Layer normalisation with scale and bias.",
    positional: [],
    schema: z.object({ eps: doc(rate().default(1e-6), "Added to the variance.") }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Constructors for `tokenizer:`. */
export const tokenizers = {
  wordpiece: {
    doc: "WordPiece over lower-cased words (BERT uncased).",
    positional: [],
    schema: z.object({
      vocabulary: doc(count({ least: 6, most: most.vocabulary }), "Number of tokens, special ones included."),
      file: doc(
        orNone(string()).default(null),
        "A vocabulary file with one token per line; without it, a vocabulary is learnt from the data.",
      ),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Constructors for an entry of `experts`. */
export const experts = {
  ffn: {
    doc: "A feed-forward network of two layers with a preceding layer norm, for the views it serves.",
    rest: "views",
    schema: z.object({
      views: doc(list(choice("image", "text", "pair"), { distinct: true }), "The views whose tokens it processes."),
      ratio: doc(
        real({ least: 0, most: most.ratio, open: "low" }).default(4),
        "Hidden width divided by the model's width.",
      ),
      activation: doc(choice(...activationNames).default("gelu"), "The activation; `gelu` is the exact one (erf)."),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Constructors for `mask:` of masked patches. */
export const patchMasks = {
  blockwise: {
    doc: "Block-wise masking, as in BEiT.",
    positional: ["ratio"],
    schema: z.object({ ratio: doc(maskRatio().default(0.4), "Share of patches that are masked.") }),
  },
  random: {
    doc: "Patches masked independently at random.",
    positional: ["ratio"],
    schema: z.object({ ratio: doc(maskRatio().default(0.4), "Share of patches that are masked.") }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Constructors for `targets:` of masked patches. */
export const patchTargets = {
  pixels: { doc: "The patch's own pixels, normalised per patch.", positional: [], schema: z.object({}) },
  tokens: {
    doc: "The patch's code of a visual tokenizer: a `visual_tokenizer` head, or precomputed codes in a file.",
    positional: ["source"],
    schema: z.object({
      source: doc(written("head or file"), "Where the codes come from."),
      count: doc(
        count({ most: most.classes }).optional(),
        "Number of codes; by default 8192 for a file, for a head the number it has.",
      ),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Constructors for `negatives:` of a matching head. */
export const negatives = {
  hard: {
    doc: "Hard negatives, sampled by the similarities of a contrastive head.",
    positional: ["head"],
    schema: z.object({
      head: doc(written("head"), "The contrastive head."),
      from: doc(choice("pool", "local").default("pool"), "`pool`: its whole pool. `local`: the micro-batch."),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Stands for as many classes as the data have answers. */
export const answers = {
  answers: {
    doc: "One class per answer that is frequent enough in the data.",
    positional: [],
    schema: z.object({
      min: doc(
        count({ most: most.items }).optional(),
        "How often an answer must occur; compared with `answer_count` of the data, which lists them.",
      ),
      count: doc(count({ most: most.classes }).default(3129), "How many answers that gives; compared with the data."),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Constructors for the initial value of a part of a model, besides random values. */
export const copies = {
  copy: {
    doc: "Initialised as a copy of another part.",
    positional: ["from"],
    schema: z.object({ from: doc(written("selector"), "The other part.") }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Constructors for `from`, besides a stage. */
export const checkpoints = {
  checkpoint: {
    doc: "Tensors of a file, in the layout that wrote it.",
    positional: ["path"],
    schema: z.object({
      path: doc(string(), "The file or folder."),
      layout: doc(
        choice("vlmo", "beit", "huggingface_beit", "vlmo_ts").default("vlmo_ts"),
        "`vlmo`: the original's. `beit`: BEiT's. `huggingface_beit`: BEiT's as Hugging Face names it. `vlmo_ts`: ours.",
      ),
      nest: doc(string().optional(), "Which of several sets of weights in the file, such as `model_ema`."),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** All constructors, by what they build. */
export const families = {
  position: positions,
  norm: norms,
  tokenizer: tokenizers,
  expert: experts,
  optimizer: optimizers,
  schedule: schedules,
  augmentation: augmentations,
  "way to mix images": mixings,
  mask: patchMasks,
  target: patchTargets,
  "source of negatives": negatives,
  "set of answers": answers,
  "list of names": nameLists,
  metric: metrics,
  "re-ranking": rerankings,
  windows: windowings,
  copy: copies,
  origin: checkpoints,
} as const satisfies Readonly<Record<string, Readonly<Record<string, Signature>>>>;
