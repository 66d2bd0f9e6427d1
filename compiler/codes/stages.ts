// V5xx: stages, freezing, hand-over, evaluations. One entry per code, with its page and two example specs.
import { text, type Catalogue } from "../../grammar/index.js";
import { example, exampleAnd, moreStage } from "./example.js";

/** V5xx, by code. */
export const stageCodes = {
  V501: {
    severity: "error",
    message: text`stage \`${"name"}\` comes from itself: ${"cycle"}`,
    help: "let one of them begin `from scratch`",
    explain: "Stages form a tree: each begins from scratch, from a checkpoint, or from a stage before it.",
    wrong: example(["stage language {", "stage language from fusion {"]),
    right: example(),
  },
  V503: {
    severity: "error",
    message: text`stage \`${"stage"}\` needs ${"tensors"}, which \`${"from"}\` does not hold`,
    explain:
      "Heads and experts may be newly initialised in a later stage; the trunk that all layers share may not. Copy it with `init { … }`, or begin `from scratch`.",
    wrong: exampleAnd("model Deep extends Small { layers: 6 }\n" + moreStage("  model: Deep\n  steps: 10")),
    right: exampleAnd(moreStage("  steps: 10")),
  },
  V504: {
    severity: "error",
    message: text`${"tensor"} is ${"wanted"} in stage \`${"stage"}\` and ${"found"} in \`${"from"}\``,
    help: "give the model the sizes of the one before, or begin `from scratch`",
    explain:
      "A tensor that changes its shape is resized only where a rule is known: positions of images are interpolated, texts' positions cut, token types grown.",
    wrong: exampleAnd("model Wide extends Small { width: 128 }\n" + moreStage("  model: Wide\n  steps: 10")),
    right: exampleAnd(moreStage("  steps: 10")),
  },
  V505: {
    severity: "error",
    message: text`\`${"selector"}\` selects nothing in ${"kind"} \`${"owner"}\``,
    explain:
      "Selectors name parts of the model: `attention`, `norm1`, `layer_scale`, `experts.NAME`, `final_norm`, `pooler`, `position`, `embed.image`, `embed.text`, `embed.type`, `heads.NAME`, each with layers `[a..b]` where it has layers.",
    wrong: example(["experts.vision\n", "experts.visions\n"]),
    right: example(),
  },
  V506: {
    severity: "error",
    message: text`stage \`${"stage"}\` has both \`train\` and \`freeze\``,
    explain: "One of them is enough: what `train` omits is frozen, what `freeze` omits is trained.",
    wrong: example(["freeze: attention", "train: experts.language\n  freeze: attention"]),
    right: example(),
  },
  V507: {
    severity: "error",
    message: text`stage \`${"stage"}\` trains nothing`,
    explain: "Everything that the stage's losses reach is frozen.",
    wrong: example(["freeze: attention, experts.vision", "freeze: all"]),
    right: example(),
  },
  V508: {
    severity: "error",
    message: text`\`train\` names \`${"selector"}\`, which no loss of stage \`${"stage"}\` reaches`,
    explain: "A parameter that no loss reaches gets no gradient, so it cannot be trained. In `freeze` it may be named.",
    wrong: example(["freeze: attention, experts.vision", "train: experts.language, experts.vision"]),
    right: example(["freeze: attention, experts.vision", "train: experts.language"]),
  },
  V509: {
    severity: "error",
    message: text`the pool of \`${"head"}\` would be ${"real"} pairs, not the ${"asked"} of the batch`,
    explain:
      "A global pool holds the whole optimizer batch. Micro-batches of `micro` see only themselves, unless `cached: true` encodes all of them first (same gradient, one more forward pass).",
    wrong: example([
      "batch: 32\n  steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
      "batch: 32\n  micro: 8\n  steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
    ]),
    right: example([
      "batch: 32\n  steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
      "batch: 32\n  micro: 8\n  cached: true\n  steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
    ]),
  },
  V510: {
    severity: "error",
    message: text`batch ${"batch"} is not a multiple of micro ${"micro"}`,
    explain:
      "Under `mean: micro_batch` every micro-batch has an equal share in the mean, and so is of one size. Under `mean: batch` the last one may be smaller; none can be larger than the batch.",
    wrong: example(["batch: 32", "batch: 32\n  micro: 5\n  mean: micro_batch"]),
    right: example(["batch: 32", "batch: 32\n  micro: 8\n  mean: micro_batch"]),
  },
  V511: {
    severity: "error",
    message: text`the warm-up of ${"warmup"} is longer than the stage, ${"duration"}`,
    help: "make the warm-up shorter, as in `warmup: 10%`, or the stage longer",
    explain: "The learning rate would never reach its peak.",
    wrong: example(["adamw(lr: 1e-3)", "adamw(lr: 1e-3)\n  schedule: linear(warmup: 2k steps)"]),
    right: example(["adamw(lr: 1e-3)", "adamw(lr: 1e-3)\n  schedule: linear(warmup: 10%)"]),
  },
  V512: {
    severity: "error",
    message: text`stage \`${"stage"}\` has both \`steps\` and \`epochs\``,
    explain:
      "Only one of them sets the length of the stage. A stage that `extends` another may replace one by the other.",
    wrong: example(["steps: 1000", "steps: 1000\n  epochs: 3"]),
    right: example(),
  },
  V513: {
    severity: "error",
    message: text`stage \`${"stage"}\` needs \`steps\` or \`epochs\``,
    help: "write `steps: …` or `epochs: …`",
    explain: "The length of a stage has no default.",
    wrong: example(["  steps: 1000\n", ""]),
    right: example(),
  },
  V515: {
    severity: "error",
    message: text`stage \`${"stage"}\` needs \`${"key"}\``,
    explain:
      "A stage says what it trains on what: a model (or a stage it comes from), data, objectives and an optimizer. Only `extends` gives a stage another's.",
    wrong: example(["  model: Small\n", ""]),
    right: example(),
  },
  V516: {
    severity: "error",
    message: text`\`${"metric"}\` needs ${"wanted"}, which stage \`${"stage"}\` does not hold`,
    explain:
      "Metrics are about heads: `recall` about a contrastive one, `vqa_score`, `accuracy` and `consistency` about classifiers, `perplexity` about masked tokens, `codebook` and `reconstruction` about visual tokenizers, `mean_iou` about segmentation.",
    wrong: example(["recall(1, 5, 10)", "vqa_score"]),
    right: example(),
  },
  V517: {
    severity: "error",
    message: text`\`${"metric"}\` could be about any of ${"heads"}`,
    explain: "Name the head: `accuracy(itm)`.",
    wrong: exampleAnd(
      "head far: contrastive(image.cls, text.cls)\n" +
        moreStage("  steps: 10").replace("learn: itc", "learn: itc + far"),
      ["using fusion", "using more"],
    ),
    right: exampleAnd(
      "head far: contrastive(image.cls, text.cls)\n" +
        moreStage("  steps: 10").replace("learn: itc", "learn: itc + far"),
      ["using fusion { recall(1, 5, 10) }", "using more { recall(1, 5, 10, head: far) }"],
    ),
  },
  V518: {
    severity: "error",
    message: text`\`init\` cannot copy ${"from"} to ${"to"}: ${"reason"}`,
    help: "copy from a part of the same form, as in `experts.fusion: copy(experts.vision)`",
    explain:
      "A copy is from a part to another of the same form, layer by layer, or from one row of token types to another.",
    wrong: example(["data: world\n  learn", "init { experts.fusion: copy(pooler) }\n  data: world\n  learn"]),
    right: example(["data: world\n  learn", "init { experts.fusion: copy(experts.vision) }\n  data: world\n  learn"]),
  },
  V520: {
    severity: "error",
    message: text`${"what"} is not a selector`,
    help: "name parts of the model, as in `attention, experts.vision[1..4]`",
    explain:
      "A selector is a part of the model, or several joined by `+`, `-` and commas: `all - experts.vision`, `attention[1..6]`.",
    wrong: example(["freeze: attention, experts.vision", "freeze: attention * experts.vision"]),
    right: example(["freeze: attention, experts.vision", "freeze: attention + experts.vision"]),
  },
  V521: {
    severity: "error",
    message: text`evaluation \`${"name"}\` needs ${"missing"}`,
    explain:
      "An evaluation is written `evaluate name on data using stage { metrics }`; one that `extends` another may leave parts out.",
    wrong: example(["using fusion { recall(1, 5, 10) }", "using fusion { batch: 20 }"]),
    right: example(),
  },
  V522: {
    severity: "error",
    message: text`the pool of \`${"head"}\` is one pair, and a contrast needs two`,
    help: "make it at least 2",
    explain:
      "With a single candidate every choice is right: the loss is zero, nothing is learnt, and there is no negative to mine. The pool is the batch, or `micro` where it is `pool: micro` or `from: local`.",
    wrong: example([
      "batch: 32\n  steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
      "batch: 1\n  steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
    ]),
    right: example(),
  },
  V523: {
    severity: "error",
    message: text`the learning rate ends at ${"end"}, above its peak of ${"lr"}`,
    help: "write an `end` below `lr`, or leave it out",
    explain: "A schedule falls from the optimizer's `lr` to `end`.",
    wrong: example(["adamw(lr: 1e-3)", "adamw(lr: 1e-3)\n  schedule: cosine(end: 0.1)"]),
    right: example(["adamw(lr: 1e-3)", "adamw(lr: 1e-3)\n  schedule: cosine(end: 1e-5)"]),
  },
  V524: {
    severity: "warning",
    message: text`stage \`${"stage"}\` ends after ${"duration"}, before its first validation after ${"every"}`,
    help: "validate more often, or leave it out",
    explain: "`validate` sets how often held-out data are evaluated while the stage runs; they always are at its end.",
    wrong: exampleAnd(moreStage("  steps: 10\n  validate: every 5k steps")),
    right: exampleAnd(moreStage("  steps: 10\n  validate: every 5 steps")),
  },
  V526: {
    severity: "error",
    message: text`\`${"first"}\` and \`${"second"}\` both give \`${"parameter"}\` a factor`,
    help: "subtract from one what the other names, as in `attention - attention[1..2]`",
    explain:
      "The order of entries never changes the meaning, so neither can take precedence. Subtract from one selector what the other has: `attention - attention[1..2]`.",
    wrong: example(["adamw(lr: 1e-3)", "adamw(lr: 1e-3, factors: { experts: 2x, experts.language: 3x })"]),
    right: example(["adamw(lr: 1e-3)", "adamw(lr: 1e-3, factors: { embed.text: 2x, experts.language: 3x })"]),
  },
  V527: {
    severity: "warning",
    message: text`\`${"key"}\` has no effect in stage \`${"stage"}\`: ${"reason"}`,
    explain:
      "A setting that changes nothing is a left-over, or a sign that something else was meant. One that is inherited by `extends` is not reported.",
    wrong: example(["batch: 32", "batch: 32\n  cached: true"]),
    right: example(),
  },
  V528: {
    severity: "error",
    message: text`stage \`${"stage"}\` keeps its best by \`${"metric"}\`, which no evaluation of it measures`,
    explain:
      "`best` names a metric of the `evaluate` blocks that use the stage, such as `recall(1)` or `accuracy(truth)`; of several values the mean is used.",
    wrong: example(["learn: itc + itm", "learn: itc + itm\n  validate: every 100 steps\n  best: recall(3)"]),
    right: example(["learn: itc + itm", "learn: itc + itm\n  validate: every 100 steps\n  best: recall(1)"]),
  },
  V529: {
    severity: "warning",
    message: text`a learning rate of ${"lr"} changes every weight by about as much in one step`,
    explain:
      "AdamW divides a gradient by its own size, so a step is about as large as the learning rate. Weights are far below 1; usual learning rates lie between 1e-5 and 1e-3.",
    wrong: example(["adamw(lr: 1e-3)", "adamw(lr: 10)"]),
    right: example(),
  },
  V530: {
    severity: "warning",
    message: text`stage \`${"stage"}\` has no place for ${"tensors"}, which \`${"from"}\` or a stage before it trained`,
    help: "give the model the same layers and experts, or begin from an earlier stage",
    explain:
      "A stage takes over the tensors that its model has too. What its model lacks, such as layers beyond a smaller depth, is dropped with everything learnt in it.",
    wrong: example(
      ["position: relative(span: 40)", "position: none"],
      ["data: world\n  learn: itc + itm", "data: world\n  with { layers: 3 }\n  learn: itc + itm"],
    ),
    right: example(["position: relative(span: 40)", "position: none"]),
  },
  V532: {
    severity: "error",
    message: text`stage \`${"stage"}\` mixes images, and \`${"what"}\` cannot be learnt so: ${"reason"}`,
    help: "leave `mix` out, or learn a `classify` head of `image.cls` alone",
    explain:
      "`mix: [mixup(0.8), cutmix(1.0)]` combines every image of a batch with another one, and a classifier learns both labels, weighted (timm; BEiT's fine-tuning). This does not apply to texts, pairs, masks or masked tokens.",
    wrong: example(["learn: words", "learn: words\n  mix: [mixup(0.8)]"]),
    right: exampleAnd(`data birds: labelled_images { format: shapes }
head bird: classify(image.cls) { classes: 28 }
stage classes {
  model: Small
  data: birds
  learn: bird
  mix: [mixup(0.8), cutmix(1.0)]
  batch: 32
  steps: 1000
  optimizer: adamw(lr: 1e-3)
}`),
  },
  V620: {
    severity: "error",
    message: text`stage \`${"stage"}\` has \`patience\` and no \`best\`, so that validations cannot be compared`,
    help: "name the metric to improve: `best: recall(1)`",
    explain:
      "`patience: 5` ends a stage after five validations in a row that are not better by the metric of `best`. The schedule stays that of the whole stage: where it stops early, the learning rate has not decayed to its end.",
    wrong: example(["learn: itc + itm", "learn: itc + itm\n  validate: every 100 steps\n  patience: 3"]),
    right: example([
      "learn: itc + itm",
      "learn: itc + itm\n  validate: every 100 steps\n  best: recall(1)\n  patience: 3",
    ]),
  },
  V621: {
    severity: "error",
    message: text`stage \`${"stage"}\` keeps no best checkpoint to begin from: ${"reason"}`,
    help: "write `validate: every … steps` and `best: METRIC` in that stage, or leave out `at best`, which begins from its end",
    explain:
      "`from STAGE at best` takes over the parameters of the validation that was best by the stage's `best`; without `at best` those of its last step.",
    wrong: example(["from language", "from language at best"]),
    right: example(),
  },
} as const satisfies Catalogue;
