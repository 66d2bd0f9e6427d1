// A small valid specification in two files, for tests to modify.

export const data = `vlmo 1

/// Pictures with their captions.
data coco: pairs { format: shapes, scenes: 640 }
data books: texts { format: shapes }
`;

export const main = `vlmo 1

import { coco } from "./data.vlmo"

param side: px = 32px

/// A small one.
model Small {
  layers: 4
  width: 32
  attention { heads: 2, position: absolute(image, text) }
  layer_scale: none
  image { size: side, patch: 16px }
  text { tokenizer: wordpiece(vocabulary: 120), length: 16 }
  experts {
    vision: ffn(image, ratio: 2) on all
    language: ffn(text, ratio: 2) on all
    fusion: ffn(pair, ratio: 2) on top 2
  }
}

/// Pulls pairs together.
head itc: contrastive(image.cls, text.cls) { temperature: 0.07 }
head itm: matching(pair.pooled) { negatives: hard(itc, from: pool) }

/// Both at once.
stage first {
  model: Small
  data: coco
  learn: itc + itm
  batch: 32
  steps: 10
  optimizer: adamw(lr: 1e-3)
}

stage second extends first from first {
  freeze: attention, experts.vision
  optimizer.lr: 1e-4
}

evaluate retrieval on coco using second { recall(1, 5, head: itc), batch: 10 }

expect "sizes" {
  parameters(first, heads.itc) > 0
  stages(second) == [first, second]
  pool(first, itm) == 32
}

test "it learns" {
  train first for 2 steps
  loss.itc.last < 100
  unchanged(position)
}
`;

/** The main file with a cursor or changes; each pair is a text, which occurs once, and its replacement. */
export function changed(...changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`no ${from}`);
    return text.replace(from, () => to);
  }, main);
}

export const both = (text: string): Readonly<Record<string, string>> => ({ "main.vlmo": text, "data.vlmo": data });
