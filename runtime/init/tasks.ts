// The task for each kind of data: heads, metrics, augmentations. A kind of data is a row.
import type { DataKind } from "../../compiler/index.js";

/** The facts a specification is written from. */
export interface Facts {
  readonly items: number;
  /** Images per sample. */
  readonly images: 0 | 1 | 2;
  /** Classes or answers; 0 where there are none. */
  readonly choices: number;
  /** Length of the text, including [CLS] and [SEP]; 0 where there is none. */
  readonly tokens: number;
  /** Tokens of the vocabulary. */
  readonly vocabulary: number;
}

/** The task for a kind of data. */
export interface Task {
  /** A phrase that continues "learns". */
  readonly learns: string;
  readonly reads: { readonly image: boolean; readonly text: boolean };
  /** Predictions per pixel: patches are half as wide. */
  readonly isDense: boolean;
  /** The number of layers that its heads read. */
  readonly layers: number;
  /** Declarations of heads. */
  readonly heads: (facts: Facts, model: { readonly layers: number; readonly width: number }) => readonly string[];
  readonly learn: string;
  readonly augment: string | null;
  readonly metrics: (facts: Facts) => readonly string[];
  /** The metric by which the best checkpoint is kept; null where nothing is measured. */
  readonly best: string | null;
  /** The command that queries the trained model, given the run and the folder of the data. */
  readonly ask: (run: string, folder: string, facts: Facts) => string;
  /** The list that both data blocks must number alike, if any. */
  readonly list: "classes" | "answers" | null;
  /** The least number of classes or answers. */
  readonly least: number;
  /** What to do where there are fewer. */
  readonly help?: string;
}

const image = { image: true, text: false };
const both = { image: true, text: true };

/** By kind of data. */
export const tasks: { readonly [Kind in DataKind]: Task } = {
  pairs: {
    learns: "which text belongs to which image",
    reads: both,
    isDense: false,
    layers: 1,
    heads: () => [
      "/// Images and texts as vectors: the closer, the better they match.",
      "head contrast: contrastive(image.cls, text.cls) { temperature: 0.07 }",
      "/// Image-text matching: do image and text belong together? Negatives are those that the contrastive head confuses most.",
      "head match: matching(pair.pooled) { negatives: hard(contrast, from: pool) }",
    ],
    learn: "contrast + match",
    augment: "[resized_crop(60%..100%)]",
    metrics: () => ["recall(1, 5, 10)", "recall(1, 5, 10, rerank: top(16, by: match))"],
    best: "recall(1)",
    ask: (run, folder) => `search ${run} ${folder} --text "…"`,
    list: null,
    least: 0,
  },
  labelled_images: {
    learns: "the class of an image",
    reads: image,
    isDense: true,
    layers: 1,
    heads: ({ choices }) => [`head kind: classify(image.cls) { classes: ${choices}, label_smoothing: 10% }`],
    learn: "kind",
    augment: "[resized_crop(40%..100%), flip, rand_augment(2, 5)]",
    metrics: ({ choices }) => (choices > 5 ? ["accuracy", "accuracy(top: 5)"] : ["accuracy"]),
    best: "accuracy",
    ask: (run) => `predict ${run} IMAGE`,
    list: "classes",
    least: 2,
  },
  questions: {
    learns: "the answer to a question about an image",
    reads: both,
    isDense: false,
    layers: 1,
    heads: ({ choices }) => [
      "/// Every answer by itself: the target is the share of people who gave it.",
      `head answer: classify(pair.pooled) { answers: answers(count: ${choices}), loss: bce }`,
    ],
    learn: "answer",
    augment: null,
    metrics: () => ["vqa_score", "accuracy"],
    best: "vqa_score",
    ask: (run) => `predict ${run} IMAGE --text "…?"`,
    list: "answers",
    least: 1,
  },
  statements: {
    learns: "whether a statement is true",
    reads: both,
    isDense: false,
    layers: 1,
    heads: ({ images }) =>
      images === 2
        ? [
            "/// The statement with each image; both pooled vectors are concatenated.",
            "head truth: compare(pair[1].pooled, pair[2].pooled)",
          ]
        : ["head truth: classify(pair.pooled) { classes: 2 }"],
    learn: "truth",
    augment: null,
    metrics: () => ["accuracy", "consistency"],
    best: "accuracy",
    ask: (run, _, { images }) => `predict ${run} ${images === 2 ? "LEFT RIGHT" : "IMAGE"} --text "…"`,
    list: null,
    least: 0,
  },
  masks: {
    learns: "the class of every pixel",
    reads: image,
    isDense: true,
    layers: 4,
    heads: ({ choices }, { layers, width }) => {
      const read = [1, 2, 3, 4].map((quarter) => `image.layer(${Math.round((quarter * layers) / 4)})`);
      return [`head parts: segment(${read.join(", ")}) { classes: ${choices}, hidden: ${width / 2} }`];
    },
    learn: "parts",
    augment: "[resized_crop(50%..100%), flip]",
    metrics: () => ["mean_iou"],
    best: "mean_iou",
    ask: (run) => `predict ${run} IMAGE --out masks`,
    list: "classes",
    least: 2,
    help: "a mask holds the numbers of classes, from 0, and 255 where a pixel has no class: write 0 and 1 instead of 0 and 255",
  },
  images: {
    learns: "to reconstruct masked patches",
    reads: image,
    isDense: true,
    layers: 1,
    heads: () => ["head patches: masked_patches(image.patches) { mask: random(40%), targets: pixels }"],
    learn: "patches",
    augment: "[resized_crop(40%..100%), flip]",
    // Features are judged by the models fine-tuned from them.
    metrics: () => [],
    best: null,
    ask: (run, folder) => `embed ${run} ${folder} --out images.npy`,
    list: null,
    least: 0,
  },
  texts: {
    learns: "masked words",
    reads: { image: false, text: true },
    isDense: false,
    layers: 1,
    heads: () => ["head words: masked_tokens(text.tokens) { mask: 15% }"],
    learn: "words",
    augment: null,
    metrics: () => ["perplexity", "accuracy(words)"],
    best: "perplexity",
    ask: (run) => `predict ${run} --text "… [MASK] …"`,
    list: null,
    least: 0,
  },
};
