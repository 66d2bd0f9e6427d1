// A specification with every head, optimizer, augmentation and kind of data that a folder for Python supports.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const kinds = {
  scenes: "images",
  more: "images",
  world: "pairs",
  labelled: "labelled_images",
  asked: "questions",
  claims: "statements",
  claims_of_two: "statements",
} as const;

const drawn = Object.entries(kinds)
  .map(([name, kind]) => {
    const more = name === "claims_of_two" ? ", images: 2" : "";
    return `data ${name}: ${kind} { format: shapes, seed: 1, scenes: ${name === "more" ? 20 : 40}${more} }`;
  })
  .join("\n");

const sentences = "data sentences: texts { format: shapes, seed: 1, scenes: 40 }";

/** Packs each block with `pack` into `heads/NAME` below a folder; gives blocks that read those shards. */
export async function packedBlocks(folder: string, pack: (name: string) => Promise<void>): Promise<string> {
  const blocks: string[] = [];
  for (const name of Object.keys(kinds)) {
    await pack(name);
    const text = await readFile(join(folder, "heads", name, "data.vlmo"), "utf8");
    const named = text.replace(/"(shard-|classes\.txt|answers\.txt)/g, `"heads/${name}/$1`);
    blocks.push(named.replace("vlmo 1\n", ""));
  }
  return blocks.join("\n");
}

/** The specification, with generated data unless blocks are given. */
export const headsSpec = (blocks: string): string => `vlmo 1
model Tiny {
  layers: 2
  width: 8
  attention { heads: 2, position: relative(span: 24) }
  layer_scale: 0.5
  drop_path: 10%
  image { size: 16px, patch: 4px }
  text { tokenizer: wordpiece(vocabulary: 90), length: 24, dropout: 10% }
  experts {
    vision: ffn(image, ratio: 2) on all
    language: ffn(text, ratio: 2) on all
    fusion: ffn(pair, ratio: 2) on top 1
  }
}
${blocks === "" ? drawn : blocks}
${sentences}
head patches: masked_patches(image.patches)
head codes: visual_tokenizer(image) { codes: 12, hidden: 4 }
head code_patches: masked_patches(image.patches) { targets: tokens(codes) }
head patches_in_pairs: masked_patches(pair.patches)
head words: masked_tokens(text.tokens) { decoder: free }
head words_in_pairs: masked_tokens(pair.text)
head telling: caption(pair.causal)
head contrast: contrastive(image.cls, text.cls)
head fused_contrast: contrastive(image.cls, text.cls) { fused: true }
head signed: contrastive(image.cls, text.cls) { loss: sigmoid, bias: -1, false_negatives: keep }
head signed_fused: contrastive(image.cls, text.cls) { loss: sigmoid, bias: -1, fused: true }
head match: matching(pair.pooled) { negatives: hard(contrast, from: pool) }
head label: classify(image.cls) { classes: 28 }
head smooth_label: classify(image.cls) { classes: 28, label_smoothing: 20% }
head linear_label: classify(pair.pooled) { classes: 2, hidden: none }
head answer: classify(pair.pooled) { classes: 29, loss: bce }
head two: compare(pair[1].pooled, pair[2].pooled)
head original_words: masked_tokens(text.tokens) { mask: 15%, variant: original }

stage of_patches {
  model: Tiny
  data: scenes
  learn: patches
  train: all
  batch: 6
  steps: 3
  augment: [flip, rand_augment]
  optimizer: adamw(lr: 1e-3)
}
stage of_codes extends of_patches { learn: codes }
stage of_code_patches extends of_patches from of_codes { learn: code_patches }
stage of_patches_in_pairs extends of_patches { data: world, learn: patches_in_pairs, micro: 2 }
stage of_words extends of_patches { data: sentences, learn: words, with { experts { fusion: on none } } }
stage of_words_in_pairs extends of_patches { data: world, learn: words_in_pairs, micro: 4 }
stage of_caption extends of_patches { data: world, learn: telling }
stage of_contrast extends of_patches { data: world, learn: contrast, optimizer: lamb(lr: 1e-3) }
stage of_cached_contrast extends of_patches { data: world, learn: contrast, cached: true, micro: 4 }
stage of_fused_contrast extends of_patches { data: world, learn: fused_contrast, optimizer: lion(lr: 1e-4) }
stage of_signed_contrast extends of_patches { data: world, learn: signed, optimizer: sgd(lr: 1e-2) }
stage of_signed_fused_contrast extends of_patches { data: world, learn: signed_fused, optimizer: adamw(lr: 1e-3, variant: hf) }
stage of_match extends of_patches { data: world, learn: contrast + 0.5 * match }
stage of_cached_match extends of_patches { data: world, learn: contrast + match + words_in_pairs, cached: true, micro: 2 }
stage of_label extends of_patches { data: labelled, learn: label, augment: [] }
stage of_smooth_label extends of_patches { data: labelled, learn: smooth_label }
stage of_linear_label extends of_patches { data: claims, learn: linear_label }
stage of_answer extends of_patches { data: asked, learn: answer }
stage of_grey_patches extends of_patches { with { image { channels: 1 } } }
stage of_two extends of_patches { data: claims_of_two, learn: two, with { image { types: 2 } } }
stage of_original_words extends of_patches { data: sentences, learn: original_words }
stage of_mixture extends of_patches { data: mix(scenes: 2, more: 1) }
`;
