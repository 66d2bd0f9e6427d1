// V4xx: heads, features and objectives. One entry per code, with its page and two example specs.
import { text, type Catalogue } from "../../grammar/index.js";
import { example, exampleAnd } from "./example.js";

const share = "head more: masked_tokens(pair.text)";

/** V4xx, by code. */
export const headCodes = {
  V401: {
    severity: "error",
    message: text`there is no feature \`${"feature"}\``,
    explain:
      "Features are `image.cls`, `image.patches`, `image.tokens`, `image.grid`, `image.layer(n)`, `text.cls`, `text.tokens`, `pair.cls`, `pair.pooled`, `pair.text`, `pair.patches` and `pair.tokens`; `pair[2]` is the pair with the second image.",
    wrong: example(["matching(pair.pooled)", "matching(pair.poled)"]),
    right: example(),
  },
  V402: {
    severity: "error",
    message: text`\`${"head"}\` takes ${"wanted"}, and \`${"feature"}\` is ${"found"}`,
    explain: "Heads are typed by the features they take: one vector, or a sequence, of a certain view.",
    wrong: example(["matching(pair.pooled)", "matching(image.cls)"]),
    right: example(),
  },
  V403: {
    severity: "error",
    message: text`\`${"head"}\` takes ${"wanted"}, not ${"count"}`,
    explain: "Each kind of head takes a fixed number of features.",
    wrong: example(["contrastive(image.cls, text.cls)", "contrastive(image.cls)"]),
    right: example(),
  },
  V404: {
    severity: "error",
    message: text`both sides of the contrastive head are of the view \`${"view"}\``,
    explain:
      "A contrastive loss compares two views encoded independently; with one view on both sides the task is trivial.",
    wrong: example(["contrastive(image.cls, text.cls)", "contrastive(text.cls, text.cls)"]),
    right: example(),
  },
  V405: {
    severity: "error",
    message: text`hard negatives come from a contrastive head, and \`${"head"}\` is ${"kind"}`,
    help: "name a contrastive head, as in `negatives: hard(itc)`",
    explain: "The similarities of a contrastive head determine which negatives are hard.",
    wrong: example(["hard(itc, from: pool)", "hard(words, from: pool)"]),
    right: example(),
  },
  V406: {
    severity: "error",
    message: text`\`${"head"}\` mines negatives from \`${"source"}\`, which stage \`${"stage"}\` does not learn`,
    explain: "Negatives are mined from scores of the same step, so both heads are in the same `learn`.",
    wrong: example(
      ["learn: itc + itm", "learn: itm"],
      ["\nevaluate retrieval on world using fusion { recall(1, 5, 10) }\n", ""],
    ),
    right: example(),
  },
  V407: {
    severity: "error",
    message: text`\`${"head"}\` cannot share parameters with \`${"other"}\`: ${"reason"}`,
    help: "leave `share` out, or make the two alike",
    explain: "Shared parameters are the same tensors, so kind and shapes must be equal.",
    wrong: exampleAnd(`${share} { share: words, decoder: free }`),
    right: exampleAnd(`${share} { share: words }`),
  },
  V408: {
    severity: "error",
    message: text`the weight of \`${"head"}\` is ${"weight"}, and a weight is above zero and at most 1e30`,
    help: "give it such a weight, or leave it out of `learn`",
    explain: "A loss of weight zero is not trained, and a negative one would be maximised. Leave the head out instead.",
    wrong: example(["learn: itc + itm", "learn: itc + 0 * itm"]),
    right: example(["learn: itc + itm", "learn: itc + 0.5 * itm"]),
  },
  V409: {
    severity: "error",
    message: text`\`learn\` is a sum of heads with weights, such as \`itc + 0.25 * mlm\`, and this is ${"found"}`,
    help: "write heads with `+` between them, as in `itc + 0.25 * mlm`",
    explain: "An objective consists of heads joined by `+`, with weights as in `number * head`.",
    wrong: example(["learn: itc + itm", "learn: itc - itm"]),
    right: example(),
  },
  V410: {
    severity: "error",
    message: text`\`${"head"}\` is in the sum twice`,
    help: "add the weights, as in `2 * itc`",
    explain: "Add the weights instead.",
    wrong: example(["learn: itc + itm", "learn: itc + itm + itc"]),
    right: example(["learn: itc + itm", "learn: 2 * itc + itm"]),
  },
  V411: {
    severity: "error",
    message: text`head \`${"name"}\` has no kind`,
    explain: "A head is written `head name: kind(features)`; only one that `extends` another may leave the kind out.",
    wrong: exampleAnd("head more { mask: 15% }"),
    right: exampleAnd("head more extends words { mask: 20% }"),
  },
  V412: {
    severity: "error",
    message: text`head \`${"head"}\` sets its number of classes twice: by \`classes\` and by \`answers\``,
    explain:
      "`answers` makes one class per answer that is frequent enough, `classes` is the number of classes of labelled data.",
    wrong: exampleAnd("head more: classify(pair.pooled) { classes: 2, answers: answers(count: 29) }"),
    right: exampleAnd("head more: classify(pair.pooled) { answers: answers(count: 29) }"),
  },
  V413: {
    severity: "error",
    message: text`head \`${"head"}\` chooses among one class`,
    explain:
      "With `loss: cross_entropy` classes compete: with a single one every choice is right, and nothing is learnt. Yes or no are two classes. With `loss: bce`, for answers to questions, each is scored by itself, so one is enough.",
    wrong: exampleAnd("head more: classify(pair.pooled) { classes: 1 }"),
    right: exampleAnd("head more: classify(pair.pooled) { classes: 2 }"),
  },
} as const satisfies Catalogue;
