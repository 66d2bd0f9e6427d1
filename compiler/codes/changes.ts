// V65x: arguments that are changed separately, keys that require another one, and mixtures of data. One entry per code,
// with its page and two examples.
import { text, type Catalogue } from "../../grammar/index.js";
import { exampleAnd } from "./example.js";

/** V65x, by code. */
export const changeCodes = {
  V650: {
    severity: "error",
    message: text`\`${"path"}\` changes \`${"key"}\`, which stands in the same block`,
    help: "write it in there, or keep one of the two",
    explain:
      "`optimizer.lr: 5e-5` changes one argument of an optimizer that the block inherits. In a block of its own the whole value is written.",
    wrong: exampleAnd("stage slow extends fusion { optimizer: adamw(lr: 1e-3), optimizer.clip: 1 }"),
    right: exampleAnd("stage slow extends fusion { optimizer: adamw(lr: 1e-3, clip: 1) }"),
  },
  V651: {
    severity: "error",
    message: text`\`${"path"}\` changes nothing: ${"reason"}`,
    help: "write the whole value",
    explain:
      "A path such as `optimizer.lr: 5e-5` changes a key of a section, an argument of a value that a constructor builds, or one of a list of those (`augment.rand_augment.magnitude: 9`). The value is inherited, or has a default.",
    wrong: exampleAnd("stage slow extends fusion { batch.size: 64 }"),
    right: exampleAnd("stage slow extends fusion { optimizer.lr: 5e-5 }"),
  },
  V652: {
    severity: "error",
    message: text`\`${"key"}\` of head \`${"head"}\` goes with \`${"other"}\``,
    explain:
      "Label smoothing needs a loss with one right class of several, and a bias needs a loss that judges every pair by itself: with another loss the key has no effect.",
    wrong: exampleAnd("head signed: contrastive(image.cls, text.cls) { bias: -10 }"),
    right: exampleAnd("head signed: contrastive(image.cls, text.cls) { loss: sigmoid, bias: -10 }"),
  },
  V653: {
    severity: "error",
    message: text`a mixture gives a weight to each of several data sets, and \`${"found"}\` does not`,
    help: "write `mix(first: 3, second: 1)`, or `[first, second]` where every item is to come as often as any other",
    explain:
      "`mix(coco: 3, books: 1)` draws three of four samples from `coco`, however many items the two have. A list of data sets draws from each in proportion to its items.",
    wrong: exampleAnd("stage mixed extends fusion { data: mix(world) }"),
    right: exampleAnd(
      "data more: pairs { format: shapes, seed: 2 }\n\nstage mixed extends fusion { data: mix(world: 3, more: 1) }",
    ),
  },
  V654: {
    severity: "error",
    message: text`the weight of \`${"data"}\` is ${"weight"}, and a weight is above zero and at most 1e30`,
    help: "give it such a weight, or leave it out of `mix`",
    explain: "Data of weight zero are never drawn. Leave them out instead.",
    wrong: exampleAnd(
      "data more: pairs { format: shapes, seed: 2 }\n\nstage mixed extends fusion { data: mix(world: 3, more: 0) }",
    ),
    right: exampleAnd(
      "data more: pairs { format: shapes, seed: 2 }\n\nstage mixed extends fusion { data: mix(world: 3, more: 1) }",
    ),
  },
} as const satisfies Catalogue;
