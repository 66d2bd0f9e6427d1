// V64x: what can be measured, and what can be run on which data. One entry per code, with its page and two example specs.
import { text, type Catalogue } from "../../grammar/index.js";
import { example, exampleAnd } from "./example.js";

const metric = (written: string): string => example(["recall(1, 5, 10)", written]);

const truths = (more: string): string =>
  exampleAnd(`data truths: statements { format: shapes, images: 2 }
head same: compare(pair[1].pooled, pair[2].pooled)
stage claims {
  model: Small
  data: truths
  learn: same${more}
  batch: 8
  steps: 10
  optimizer: adamw(lr: 1e-3)
}`);

const coded = (augment: string): string =>
  exampleAnd(`head patches: masked_patches(image.patches) { targets: tokens("codes.safetensors") }
stage codes {
  model: Small
  data: world
  learn: patches${augment}
  batch: 8
  steps: 10
  optimizer: adamw(lr: 1e-3)
}`);

const segmented = (windows: string): string =>
  exampleAnd(`data streets: masks { format: shapes }
head regions: segment(image.layer(2), image.layer(4)) { classes: 9 }
stage segmentation {
  model: Small
  data: streets
  learn: regions
  batch: 8
  steps: 10
  optimizer: adamw(lr: 1e-3)
}
evaluate overlap on streets using segmentation { mean_iou(windows: slide(${windows})) }`);

/** V64x, by code. */
export const evaluationCodes = {
  V640: {
    severity: "error",
    message: text`\`${"metric"}\` cannot be measured of \`${"head"}\`: ${"reason"}`,
    explain:
      "Some metrics need a head with certain settings: accuracy predictions that can be right or wrong, `top` a classifier with more classes than that, `vqa_score` answers with scores, `reconstruction` a decoder.",
    wrong: metric("accuracy(itm, top: 5)"),
    right: metric("accuracy(itm)"),
  },
  V641: {
    severity: "error",
    message: text`\`${"head"}\` cannot re-rank: it is no \`matching\` head of stage \`${"stage"}\``,
    explain:
      "`rerank` scores every query with each of its best candidates by a `matching` head, which reads image and text together.",
    wrong: metric("recall(1, 5, 10, rerank: top(16, by: itc))"),
    right: metric("recall(1, 5, 10, rerank: top(16, by: itm))"),
  },
  V642: {
    severity: "error",
    message: text`\`${"head"}\` reads a second image, and the model \`${"model"}\` has one type for all images`,
    help: "write `types: 2` in the `image` of the model, or `with { image { types: 2 } }` in the stage",
    explain:
      "Two images have different token types, by which the model distinguishes them. `init { embed.type[3]: copy(embed.type[2]) }` initialises the second image's from the first's.",
    wrong: truths(""),
    right: truths("\n  with { image { types: 2 } }"),
  },
  V643: {
    severity: "error",
    message: text`\`${"step"}\` changes images whose codes \`${"head"}\` reads from a file`,
    help: "leave `augment` out, or take the codes of a `visual_tokenizer`, which sees the same images as the model",
    explain: "Codes in a file are those of the unmodified images, and are wrong for crops or other colours.",
    wrong: coded("\n  augment: [flip]"),
    right: coded(""),
  },
  V644: {
    severity: "error",
    message: text`\`${"key"}: ${"value"}px\` does not fit the windows of \`${"model"}\`, which have ${"size"}px: ${"reason"}`,
    explain:
      "A window is as large as the model's images. It moves by `stride` over an image whose shorter side is scaled to `short_side`; every pixel must be in a window, and every window in the image.",
    wrong: segmented("stride: 100px"),
    right: segmented("stride: 42px"),
  },
} as const satisfies Catalogue;
