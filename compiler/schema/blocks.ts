// The keys of every block, with defaults and documentation. What the keys say together is checked in check/.
import { z } from "zod";
import { optimizers } from "../optimizers/index.js";
import { positions } from "../positions/index.js";
import { norms, tokenizers } from "./constructors.js";
import { choice, doc, either, entries, flag, orNone, readField, typeOf, valueField, written } from "./fields.js";
import { list } from "./lists.js";
import { most } from "./most.js";
import { count, duration, oneOf, pixels, ratio, real } from "./numbers.js";
import { constructor } from "./read.js";
import { schedules } from "./schedules.js";

const eps = (value: number, text: string) => doc(real({ least: 0, open: "low" }).default(value), text);

/** How new weights may be drawn. */
export const initWords = ["scaled", "beit", "bert"] as const;

/** How new weights are drawn. */
export const initScheme = () => choice(...initWords);

/** Keys of a `model`; sections have schemas of their own. */
export const modelSchema = doc(
  z.object({
    layers: doc(count({ most: most.layers }), "Transformer layers."),
    width: doc(count({ least: 2, most: most.width }), "Features of a token."),
    attention: doc(entries("section"), "Attention, shared by all experts."),
    norm: doc(constructor("norm", norms).default({ kind: "layer_norm", eps: 1e-6 }), "Norms of the trunk."),
    init: doc(
      either(initScheme(), entries("a section of parts")).default({
        value: "scaled",
      }),
      "Initial weights: `scaled` with deviation 0.02·√(768 / width), `beit` with 0.02 at every width, both cut at ±2 in the trunk; `bert` normal with 0.02. By part: `init { all: beit, experts.language: bert }`.",
    ),
    layer_scale: doc(
      orNone(real({ least: 0, open: "low" })).default(0.1),
      "First value of the learnt scale of every branch.",
    ),
    drop_path: doc(
      ratio({ open: "high" }).default(0),
      "Rate of dropped branches in the top layer; it rises from 0 at the bottom.",
    ),
    image: doc(entries("section").optional(), "Images, cut into patches."),
    text: doc(entries("section").optional(), "Texts, cut into tokens."),
    experts: doc(entries("section"), "The experts, each with the layers it is in."),
  }),
  "A trunk of layers in which attention is shared and every modality has experts of its own.",
);

/** Keys of a model's `attention`. */
export const attentionSchema = doc(
  z.object({
    heads: doc(count({ most: most.width }), "Attention heads; the width is divided among them."),
    bias: doc(
      list(choice("query", "key", "value"), { distinct: true }).default(["query", "value"]),
      "Which projections have a bias.",
    ),
    position: doc(
      constructor("position", positions).default({ kind: "relative", span: 196, table: "shared" }),
      "How tokens know their places.",
    ),
    share: doc(choice("all", "none").default("all"), "`all`: one attention. `none`: one for each modality."),
  }),
  "Multi-head attention over all tokens of a view.",
);

/** Keys of a model's `image`. */
export const imageSchema = doc(
  z.object({
    size: doc(pixels({ most: most.pixels }).default(224), "Pixels along one side; images are square."),
    patch: doc(pixels({ most: most.pixels }).default(16), "Pixels along one side of a patch."),
    channels: doc(
      oneOf(1, 3, 4).default(3),
      "Values of a pixel: 1 for grey, 3 for red, green and blue, 4 with transparency beside them.",
    ),
    types: doc(count({ most: 2 }).default(1), "Token types of images: 2 where a sample has two images."),
  }),
  "How images become tokens: patches and a class token.",
);

/** Keys of a model's `text`. */
export const textSchema = doc(
  z.object({
    tokenizer: doc(constructor("tokenizer", tokenizers), "How texts are cut into tokens."),
    length: doc(count({ least: 3, most: most.tokens }).default(40), "Tokens of a text, with [CLS] and [SEP]."),
    dropout: doc(ratio({ open: "high" }).default(0), "Dropout on the embeddings."),
    norm_eps: eps(1e-6, "Of the norm of the embeddings; the original has 1e-12."),
    unread_positions: doc(
      flag().default(false),
      "Keeps a position table that nothing reads, as the original's checkpoints do.",
    ),
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
    model: doc(written("model").optional(), "The model; that of the stage before where it is left out."),
    data: doc(
      written("data").optional(),
      "One data set; a list of several, of which every item comes as often as any other; or `mix(coco: 3, books: 1)`, which draws three of four samples from `coco`.",
    ),
    learn: doc(written("objective").optional(), "A weighted sum of heads: `itc + itm + 0.25 * mlm`."),
    train: doc(written("selector").optional(), "What is trained; `all` is what the losses reach."),
    freeze: doc(written("selector").optional(), "What is not trained."),
    with: doc(entries("model").optional(), "Changes of the model for this stage."),
    init: doc(
      entries("copies").optional(),
      "Initial values of new parameters: `experts.fusion: copy(experts.vision)`.",
    ),
    batch: doc(count({ most: most.batch }).optional(), "Samples of an optimizer step, over all devices."),
    micro: doc(
      count({ most: most.batch }).optional(),
      "Samples of a micro-batch, over all devices; a last one has what is left. The batch where it is left out.",
    ),
    cached: doc(
      flag().default(false),
      "Encodes all micro-batches before the contrast, so that the pool is the whole batch (GradCache).",
    ),
    mean: doc(
      choice("batch", "micro_batch").default("batch"),
      "`batch`: the denominator of a mean is the whole batch's. `micro_batch`: the mean of each micro-batch's mean, as the original, on several devices of each device's.",
    ),
    gather_gradient: doc(
      choice("global", "local").default("global"),
      "`local`: features gathered from other processes carry no gradient, as the original, which divides the contrast's gradient by their number. On one process, which gathers none, both are the same.",
    ),
    steps: doc(count({ most: most.steps }).optional(), "Optimizer steps."),
    epochs: doc(real({ least: 0, most: most.steps, open: "low" }).optional(), "Passes over the data."),
    optimizer: doc(constructor("optimizer", optimizers).optional(), "The optimizer."),
    schedule: doc(
      constructor("schedule", schedules).default({ kind: "linear", warmup: { unit: "steps", value: 0 }, end: 0 }),
      "The learning rate over the stage.",
    ),
    augment: doc(
      written("list of augmentations", { changeable: true }).optional(),
      "What is done to images in training.",
    ),
    mix: doc(
      written("list of ways to mix images", { changeable: true }).optional(),
      "Mixes the images of a batch two by two in training, with their labels; of several ways each batch draws one.",
    ),
    validate: doc(every.optional(), "How often held-out data are measured: `every 10k steps`."),
    best: doc(written("metric").optional(), "The metric by which the best checkpoint is kept."),
    patience: doc(
      count().optional(),
      "Validations in a row without a better `best` after which the stage ends (early stopping).",
    ),
    seed: doc(count({ least: 0 }).default(0), "Seed of everything random."),
  }),
  "One stage of training. `finetune` is the same under another word.",
);

/** Rules by which a tensor of a file may be fitted to another size. */
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
      'Parts of the model that are newly initialised whether or not the file has them; names of tensors in quotes, `"heads.*"`.',
    ),
    resize: doc(
      list(choice(...resizeRules), { distinct: true }).default([]),
      "Rules that may fit a tensor of another size: offsets or positions of images, texts cut, types grown, patches of other channels.",
    ),
  }),
  "What of a file's tensors is taken over, and how.",
);

/** Keys of an `evaluate` besides its metrics. */
export const evaluationSchema = doc(
  z.object({
    batch: doc(count({ most: most.batch }).default(50), "Samples of a forward pass."),
  }),
  "What is measured of a stage's model on a data set: metrics, one a line, and these keys.",
);
