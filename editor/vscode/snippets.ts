// Snippets of whole declarations: the server completes only a word and its required parts. Each is valid once the names in it
// are declared; a test checks them all.

/** A text with tab stops. */
interface Snippet {
  readonly prefix: string;
  readonly description: string;
  readonly body: readonly string[];
}

/** By the name shown in the list. */
export const snippets: Readonly<Record<string, Snippet>> = {
  "A whole specification": snippet(
    "spec",
    "A small VLMo on pairs, from the model to its evaluation; can be trained as it is",
    `vlmo 1

/// \${1:A small VLMo, whose fusion expert serves the top two layers.}
model \${2:Small} {
  layers: \${3:4}
  width: \${4:96}
  attention { heads: \${5:3}, position: absolute(image, text) }
  layer_scale: none
  image { size: \${6:48px}, patch: 16px }
  text { tokenizer: wordpiece(vocabulary: \${7:200}), length: 32 }
  experts {
    vision: ffn(image, ratio: 4) on all
    language: ffn(text, ratio: 4) on all
    fusion: ffn(pair, ratio: 4) on top 2
  }
}

data \${8:world}: pairs { format: shapes }
data \${9:unseen}: pairs { format: shapes, split: test, items: 200 }

head contrast: contrastive(image.cls, text.cls) { temperature: 0.07 }
head match: matching(pair.pooled) { negatives: hard(contrast, from: pool) }

stage \${10:pairs} {
  model: \${2:Small}
  data: \${8:world}
  learn: contrast + match
  batch: 64
  steps: \${11:200}
  optimizer: adamw(lr: 1e-3, weight_decay: 0.05, clip: 1)
  schedule: cosine(warmup: 20 steps)
}

evaluate retrieval on \${9:unseen} using \${10:pairs} { recall(1, 5, 10), batch: 100 }$0`,
  ),
  "Data in a table of records": snippet(
    "data-records",
    "Pairs of images and texts, one JSON object a line",
    `data \${1:captions}: \${2|pairs,images,texts,labelled_images,questions,statements|} {
  format: jsonl
  records: "\${3:data/captions.jsonl}"
  images: "\${4:data/images}"
}$0`,
  ),
  "Generated data (shapes)": snippet(
    "data-shapes",
    "Generated when read: for trying things out, and for tests",
    "data ${1:world}: ${2|pairs,images,texts,labelled_images,questions,statements|} { format: shapes, seed: ${3:1} }$0",
  ),
  "Image-text contrastive learning (ITC)": snippet(
    "head-contrast",
    "Image-text contrast (ITC)",
    "head ${1:itc}: contrastive(image.cls, text.cls) { temperature: ${2:0.07} }$0",
  ),
  "Matching of pairs": snippet(
    "head-match",
    "Image-text matching (ITM) with hard negatives from a contrastive head",
    "head ${1:itm}: matching(pair.pooled) { negatives: hard(${2:contrast}, from: ${3|pool,local|}) }$0",
  ),
  "Masked words": snippet(
    "head-words",
    "Masked language modelling (MLM), on texts alone or conditioned on the image",
    "head ${1:mlm}: masked_tokens(${2|pair.text,text.tokens|}) { mask: ${3:15%} }$0",
  ),
  "Masked patches": snippet(
    "head-patches",
    "Masked image modelling (MIM) on pixels",
    "head ${1:mim}: masked_patches(image.patches) { mask: blockwise(${2:40%}), targets: pixels }$0",
  ),
  Classification: snippet(
    "head-classify",
    "Classification of an image, a text or a pair",
    "head ${1:kind}: classify(${2|image.cls,text.cls,pair.pooled|}) { classes: ${3:10} }$0",
  ),
  "A stage with frozen parts": snippet(
    "stage-frozen",
    "Starts from another stage with the attention and the vision expert frozen, as in VLMo's language pre-training",
    `stage \${1:language} from \${2:vision} {
  model: \${3:Small}
  data: \${4:sentences}
  learn: \${5:words}
  freeze: attention, norm1, experts.vision, embed.image, pooler
  batch: \${6:64}
  steps: \${7:60}
  optimizer: adamw(lr: 1e-3, weight_decay: 0.05, clip: 1)
  schedule: linear(warmup: 20 steps)
}$0`,
  ),
  "Fine-tuning": snippet(
    "finetune-classify",
    "Fine-tunes a stage on labels, with its evaluation",
    `finetune \${1:fitted} from \${2:vision} {
  model: \${3:Small}
  data: \${4:labelled}
  learn: \${5:labels}
  batch: \${6:64}
  epochs: \${7:10}
  optimizer: adamw(lr: 3e-4, weight_decay: 0.05, clip: 1)
  schedule: cosine(warmup: 10%)
}

evaluate \${8:held_out} on \${4:labelled} using \${1:fitted} { accuracy, batch: 100 }$0`,
  ),
  Retrieval: snippet(
    "evaluate-retrieval",
    "Recall on held-out pairs",
    "evaluate ${1:retrieval} on ${2:pairs} using ${3:fusion} { recall(1, 5, 10), batch: ${4:100} }$0",
  ),
  Expectations: snippet(
    "expect-routes",
    "What must hold for a model: sizes, and which expert serves which tokens",
    `expect "\${1:the fusion expert serves pairs on the top layers}" {
  parameters(\${2:Small}) < \${3:10M}
  routes(\${2:Small}, pair, layer: \${4:4}) == [\${5:fusion}]
}$0`,
  ),
  "A test that trains": snippet(
    "test-learns",
    "A few steps, and what they must change",
    `test "\${1:it learns}" {
  train \${2:vision} for \${3:30} steps
  loss[26..30].mean < loss[1..5].mean
  changed(\${4:attention})
}$0`,
  ),
};

function snippet(prefix: string, description: string, body: string): Snippet {
  return { prefix, description, body: body.split("\n") };
}
