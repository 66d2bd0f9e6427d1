// The small valid spec that every page of `vlmo explain` varies: a wrong example is this one with a line changed. A
// test checks that it has no diagnostics itself.

const base = `vlmo 1

import { shapes_text } from "./data.vlmo"

model Small {
  layers: 4
  width: 64
  attention { heads: 4, position: relative(span: 40) }
  image { size: 64px, patch: 16px }
  text { tokenizer: wordpiece(vocabulary: 1000), length: 24 }
  experts {
    vision: ffn(image) on all
    language: ffn(text) on all
    fusion: ffn(pair) on top 1
  }
}

data world: pairs { format: shapes, seed: 1 }

head words: masked_tokens(text.tokens)
head itc: contrastive(image.cls, text.cls)
head itm: matching(pair.pooled) { negatives: hard(itc, from: pool) }

stage language {
  model: Small
  data: shapes_text
  learn: words
  freeze: attention, experts.vision
  with { experts { fusion: on none } }
  batch: 32
  steps: 1000
  optimizer: adamw(lr: 1e-3)
}

stage fusion from language {
  data: world
  learn: itc + itm
  batch: 32
  steps: 1000
  optimizer: adamw(lr: 1e-3)
}

evaluate retrieval on world using fusion { recall(1, 5, 10) }
`;

/** The file that the example imports, and another that it might. */
export const exampleFiles = {
  "data.vlmo": `vlmo 1

param world_seed: count = 1
data shapes_text: texts { format: shapes, seed: world_seed }
`,
  "unseen.vlmo": `vlmo 1

param world_seed: count = 1
data unseen: pairs { format: shapes, seed: world_seed, split: test }
`,
} as const;

/** The example with parts of its text replaced: `example(["layers: 4", "layers: 0"])`. */
export function example(...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`internal: the example has no \`${from}\``);
    return before.replace(from, () => to);
  }, base);
}

/** The example with declarations appended. */
export function exampleAnd(more: string, ...changes: readonly (readonly [from: string, to: string])[]): string {
  return `${example(...changes)}\n${more}\n`;
}

/** Another stage, with `body` as its last lines. */
export function moreStage(body: string): string {
  return `stage more from fusion {\n  data: world\n  learn: itc\n  batch: 32\n  optimizer: adamw(lr: 1e-3)\n${body}\n}`;
}
