// Two complete files that use most of the language: a model with its stages, and a variant that extends it.

/** In canonical form except for blank lines, which the formatter tests state. */
export const wholeFile = `vlmo 1

import { imagenet22k, wikibooks, coco, visual_genome, sbu, cc3m } from "./data.vlmo"

param image_size: px = 224px

/// VLMo-Base: 12 layers, 768 wide, vision-language experts on the top two layers.
model VlmoBase {
  layers: 12
  width: 768
  attention { heads: 12, bias: [query, value], position: relative(span: 196) }
  norm: layer_norm(eps: 1e-6)
  layer_scale: 0.1
  drop_path: 10%

  image { size: image_size, patch: 16px, channels: 3 }
  text { tokenizer: wordpiece(vocabulary: 30522, file: "bert-base-uncased.txt"), length: 40, dropout: 10% }

  experts {
    vision: ffn(image, ratio: 4) on all
    language: ffn(text, ratio: 4) on all
    fusion: ffn(pair, ratio: 4) on top 2
  }
}

head mim: masked_patches(image.patches) { mask: blockwise(40%), targets: pixels }
head text_mlm: masked_tokens(text.tokens) { mask: 15%, whole_word: true }
head mlm: masked_tokens(pair.text) { mask: 15%, whole_word: true, share: text_mlm }
head itc: contrastive(image.cls, text.cls) { temperature: 0.07, fused: true, pool: global }
head itm: matching(pair.pooled) { negatives: hard(itc, from: pool) }

stage vision {
  model: VlmoBase
  data: imagenet22k
  learn: mim
  train: all
  batch: 2048
  epochs: 150
  optimizer: adamw(lr: 1.5e-3, betas: [0.9, 0.999], weight_decay: 0.05, clip: 3.0)
  schedule: cosine(warmup: 10k steps, end: 1e-5)
}

stage language from vision {
  data: wikibooks
  learn: text_mlm
  freeze: attention, norm1, layer_scale, experts.vision, embed.image, pooler
  with { text { length: 196 }, experts { fusion: on none } }
  batch: 1024
  steps: 200k
  optimizer: adamw(lr: 2e-4, betas: [0.9, 0.98], weight_decay: 0.01)
  schedule: linear(warmup: 2500 steps)
}

stage fusion from language {
  data: [coco, visual_genome, sbu, cc3m]
  learn: itc + itm + 0.25 * mlm
  train: all
  batch: 1024
  micro: 64
  cached: true
  steps: 200k
  optimizer: adamw(lr: 2e-4, betas: [0.9, 0.98], weight_decay: 0.01)
  schedule: linear(warmup: 2500 steps)
  augment: [resized_crop(50%..100%), flip, rand_augment(2, 7)]
  validate: every 10k steps
}

expect "the paper's sizes" {
  parameters(VlmoBase) in 174M..178M
  experts(VlmoBase, layer: 10) == [vision, language]
  experts(VlmoBase, layer: 11) == [vision, language, fusion]
  shape(fusion, pair.tokens) == [batch, 237, 768]
  trainable(language, experts.vision) == 0
  pool(fusion, itc) == 1024
}
`;

/** Extends declarations of the first by import. */
export const variantFile = `vlmo 1
import { VlmoBase, vision, language, fusion } from "./vlmo-base.vlmo"

model VlmoLarge extends VlmoBase {
  layers: 24
  width: 1024
  attention { heads: 16 }
  experts { fusion: ffn(pair, ratio: 4) on top 3 }
}
stage vision_large extends vision { model: VlmoLarge }
stage language_large extends language from vision_large { model: VlmoLarge }
stage fusion_large extends fusion from language_large at best { optimizer: adamw(lr: 5e-5, betas: [0.9, 0.98], weight_decay: 0.01) }
`;
