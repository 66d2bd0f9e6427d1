// A specification small enough to train in a test, and a folder for it.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const tinySpec = `vlmo 1

param steps: count = 3

model Tiny {
  layers: 1
  width: 8
  attention { heads: 2, position: absolute(image, text) }
  norm: layer_norm(eps: 1e-6)
  image { size: 16px, patch: 8px }
  text { tokenizer: wordpiece(vocabulary: 120), length: 12 }
  experts {
    vision: ffn(image, ratio: 2) on all
    language: ffn(text, ratio: 2) on all
    fusion: ffn(pair, ratio: 2) on top 1
  }
}

data world: pairs { format: shapes, seed: 1, scenes: 64 }
data unseen: pairs { format: shapes, seed: 1, split: test, scenes: 8 }

head contrast: contrastive(image.cls, text.cls) { temperature: 0.07 }
head match: matching(pair.pooled) { negatives: hard(contrast, from: pool) }

stage first {
  model: Tiny
  data: world
  learn: contrast
  train: all
  batch: 4
  steps: steps
  optimizer: adamw(lr: 1e-3)
  schedule: constant
}

stage second from first {
  data: world
  learn: contrast + match
  train: all
  batch: 4
  steps: steps
  optimizer: adamw(lr: 1e-3)
  schedule: constant
}

evaluate retrieval on unseen using second { recall(1), batch: 8 }
`;

/** A new folder with the tiny specification as `tiny.vlmo`, and other files. */
export async function workFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vlmo-cli-"));
  for (const [name, text] of Object.entries({ "tiny.vlmo": tinySpec, ...files }))
    await writeFile(join(folder, name), text);
  return folder;
}
