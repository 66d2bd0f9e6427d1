// The keys of every block, with defaults and documentation. Constraints between keys are checked in check/.
import { z } from "zod";
import { optimizers } from "../optimizers/index.js";
import { positions } from "../positions/index.js";
import { norms, tokenizers } from "./constructors.js";
import { choice, doc, either, entries, flag, orNone, readField, typeOf, valueField, written } from "./fields.js";
import { list } from "./lists.js";
import { most } from "./most.js";
import { count, duration, oneOf, pixels, ratio, real } from "./numbers.js";
import { constructor } from "./families.js";
import { schedules } from "./schedules.js";

const eps = (value: number, text: string) => doc(real({ least: 0, open: "low" }).default(value), text);

/** Names of the distributions of new weights. */
export const initWords = ["scaled", "beit", "bert"] as const;

/** The distribution of new weights. */
export const initScheme = () => choice(...initWords);

/** Keys of a `model`; sections have schemas of their own. */
export const modelSchema = doc(
  z.object({
    layers: doc(count({ most: most.layers }), "Transformer layers."),
    width: doc(count({ least: 2, most: most.width }), "Features of a token."),
    attention: doc(entries("section"), "Attention, shared by all experts."),
    norm: doc(constructor("norm", norms).default({ kind: "layer_norm", eps: 1e-6 }), "Layer norms of the trunk."),
    init: doc(
      either(initScheme(), entries("a section of parts")).default({
        value: "scaled",
      }),
      "Initial weights: `scaled` with standard deviation 0.02·√(768 / width), `beit` with 0.02 at every width, both truncated at ±2 in the trunk; `bert` normal with 0.02. By part: `init { all: beit, experts.language: bert }`.",
    ),
    layer_scale: doc(
      orNone(real({ least: 0, open: "low" })).default(0.1),
      "Initial value of the learnt scale of every residual branch.",
    ),
    drop_path: doc(
      ratio({ open: "high" }).default(0),
      "Stochastic depth: rate of dropped residual branches in the top layer; it rises linearly from 0 at the bottom.",
    ),
    image: doc(entries("section").optional(), "Images, split into patches."),
    text: doc(entries("section").optional(), "Texts, split into tokens."),
    experts: doc(entries("section"), "The experts, each with its layers."),
  }),
  "A Transformer in which attention is shared and every modality has its own experts.",
);

/** Keys of a model's `attention`. */
export const attentionSchema = doc(
  z.object({
    heads: doc(count({ most: most.width }), "Number of attention heads; the width is divided among them."),
    bias: doc(
      list(choice("query", "key", "value"), { distinct: true }).default(["query", "value"]),
      "Which projections have a bias.",
    ),
    position: doc(
      constructor("position", positions).default({ kind: "relative", span: 196, table: "shared" }),
      "Position encoding.",
    ),
    share: doc(
      choice("all", "none").default("all"),
      "`all`: one attention for all modalities. `none`: one per modality.",
    ),
  }),
  "Multi-head attention over all tokens of a view.",
);

/** Keys of a model's `image`. */
export const imageSchema = doc(
  z.object({
    size: doc(pixels({ most: most.pixels }).default(224), "Image size in pixels; images are square."),
    patch: doc(pixels({ most: most.pixels }).default(16), "Patch size in pixels."),
    channels: doc(oneOf(1, 3, 4).default(3), "Channels: 1 for grey, 3 for RGB, 4 for RGB with transparency."),
    types: doc(count({ most: 2 }).default(1), "Token types of images: 2 where a sample has two images."),
  }),
  "How images become tokens: patches and a class token.",
);

/** Keys of a model's `text`. */
export const textSchema = doc(
  z.object({
    tokenizer: doc(constructor("tokenizer", tokenizers), "The tokenizer."),
    length: doc(count({ least: 3, most: most.tokens }).default(40), "Tokens of a text, with [CLS] and [SEP]."),
    dropout: doc(ratio({ open: "high" }).default(0), "Dropout on the embeddings."),
    norm_eps: eps(1e-6, "Epsilon of the embeddings' layer norm; the original has 1e-12."),
    unread_positions: doc(flag().default(false), "Keeps an unused position table, as the original's checkpoints do."),
  }),
  "How texts become tokens.",
);

/** The sections of a model that have keys of their own. */
export const modelSections = { attention: attentionSchema, image: imageSchema, text: textSchema } as const;

const interval = duration({ share: false, open: "low" });

const every = valueField({ ...typeOf(interval), type: "every duration" }, (node, input) => {
  const { expression } = node;
  const inner = expression.kind === "every" ? expression.interval : expression;
  const result = readField(interval, { ...input, node: { ...node, expression: inner } });
  return result.success ? result.data : null;
});

/** Keys of a `stage` and a `finetune`. */
export const stageSchema = doc(
  z.object({
    model: doc(written("model").optional(), "The model; by default that of the stage before."),
    data: doc(
      written("data").optional(),
      "One data set; a list of several, whose items are all drawn equally often; or `mix(coco: 3, books: 1)`, which draws three of four samples from `coco`.",
    ),
    learn: doc(written("objective").optional(), "A weighted sum of heads: `itc + itm + 0.25 * mlm`."),
    train: doc(written("selector").optional(), "The parameters to train; `all` is everything that the losses reach."),
    freeze: doc(written("selector").optional(), "The parameters to freeze."),
    with: doc(entries("model").optional(), "Changes of the model for this stage."),
    init: doc(
      entries("copies").optional(),
      "Initial values of new parameters: `experts.fusion: copy(experts.vision)`.",
    ),
    batch: doc(count({ most: most.batch }).optional(), "Batch size of an optimizer step, over all devices."),
    micro: doc(
      count({ most: most.batch }).optional(),
      "Micro-batch size (gradient accumulation), over all devices; the last one may be smaller. By default the whole batch.",
    ),
    cached: doc(
      flag().default(false),
      "Encodes all micro-batches before the contrastive loss, so that the pool is the whole batch (GradCache).",
    ),
    mean: doc(
      choice("batch", "micro_batch").default("batch"),
      "`batch`: means have the denominator of the whole batch. `micro_batch`: the mean of each micro-batch's mean, as in the original (with several devices, of each device's).",
    ),
    gather_gradient: doc(
      choice("global", "local").default("global"),
      "`local`: features gathered from other processes carry no gradient, as in the original, which divides the contrastive gradient by the number of processes. With one process both are the same.",
    ),
    steps: doc(count({ most: most.steps }).optional(), "Optimizer steps."),
    epochs: doc(real({ least: 0, most: most.steps, open: "low" }).optional(), "Epochs: passes over the data."),
    optimizer: doc(constructor("optimizer", optimizers).optional(), "The optimizer."),
    schedule: doc(
      constructor("schedule", schedules).default({ kind: "linear", warmup: { unit: "steps", value: 0 }, end: 0 }),
      "The learning-rate schedule.",
    ),
    augment: doc(written("list of augmentations", { changeable: true }).optional(), "Image augmentations in training."),
    mix: doc(
      written("list of ways to mix images", { changeable: true }).optional(),
      "Mixes pairs of images of a batch and their labels in training (mixup, cutmix); of several ways each batch draws one.",
    ),
    validate: doc(every.optional(), "How often held-out data are measured: `every 10k steps`."),
    best: doc(written("metric").optional(), "The metric by which the best checkpoint is kept."),
    patience: doc(
      count().optional(),
      "Validations in a row without a better `best` after which the stage ends (early stopping).",
    ),
    seed: doc(count({ least: 0 }).default(0), "The random seed."),
  }),
  "One stage of training. `finetune` is a synonym.",
);

/** Rules by which a tensor of a file may be resized. */
const resizeRules = ["relative_table", "image_positions", "text_length", "types", "channels"] as const;

/** Keys of `from checkpoint(…) { … }`. */
export const originSchema = doc(
  z.object({
    drop: doc(
      written("list of tensors").optional(),
      'Tensors of the file that are left out: keys, `"itm_score.*"`, or parts, `heads.match`.',
    ),
    fresh: doc(
      written("selector").optional(),
      'Parts of the model that are newly initialised even if the file has them; names of tensors in quotes, `"heads.*"`.',
    ),
    resize: doc(
      list(choice(...resizeRules), { distinct: true }).default([]),
      "Rules that may resize a tensor of another shape: relative or absolute image positions, shorter texts, more token types, other channels.",
    ),
  }),
  "Which tensors of the file are loaded, and how.",
);

/** Keys of an `evaluate` besides its metrics. */
export const evaluationSchema = doc(
  z.object({
    batch: doc(count({ most: most.batch }).default(50), "Samples of a forward pass."),
  }),
  "What is measured of a stage's model on a data set: metrics, one a line, and these keys.",
);
