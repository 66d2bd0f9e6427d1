// V2xx: keys, arguments, values and their units. One entry per code, with its page and two example specs.
import { text, type Catalogue } from "../../grammar/index.js";
import { example, exampleAnd } from "./example.js";

/** V2xx, by code. */
export const typeCodes = {
  V201: {
    severity: "error",
    message: text`${"owner"} has no key \`${"key"}\``,
    explain: "Keys are fixed, so that a misspelt one is never ignored.",
    wrong: example(["batch: 32\n  steps: 1000\n  optimizer", "batchsize: 32\n  steps: 1000\n  optimizer"]),
    right: example(),
  },
  V202: {
    severity: "error",
    message: text`\`${"key"}\` is given twice`,
    help: "keep one of the two",
    explain: "A block sets each key once. To change an inherited value, write it in the block that `extends`.",
    wrong: example(["width: 64", "width: 64\n  width: 128"]),
    right: example(),
  },
  V203: {
    severity: "error",
    message: text`${"owner"} needs \`${"key"}\``,
    explain: "This key has no default, because no value would be right for most.",
    wrong: example(["  width: 64\n", ""]),
    right: example(),
  },
  V204: {
    severity: "error",
    message: text`\`${"key"}\` wants ${"wanted"}, and this is ${"found"}`,
    help: "write a value of that type",
    explain:
      "Every key and argument has a type: a count, a ratio, a name, a constructor such as `adamw(…)`, and so on.",
    wrong: example(["width: 64", 'width: "64"']),
    right: example(),
  },
  V205: {
    severity: "error",
    message: text`\`${"key"}\` wants ${"wanted"}, and this is ${"found"}`,
    help: "write a value with that unit",
    explain: "Units belong to the type: pixels are `px`, lengths of training are `steps` or `epochs`, ratios are `%`.",
    wrong: example(["size: 64px", "size: 64"]),
    right: example(),
  },
  V206: {
    severity: "error",
    message: text`\`${"key"}\` is a ratio and must lie in 0…1 (0%…100%), not ${"value"}`,
    help: "write a share such as `15%` or `0.15`",
    explain: "`15%` is 0.15. A number without `%` is taken as it stands.",
    wrong: example(["width: 64", "width: 64\n  drop_path: 10"]),
    right: example(["width: 64", "width: 64\n  drop_path: 10%"]),
  },
  V207: {
    severity: "error",
    message: text`\`${"key"}\` must be ${"wanted"}, not ${"value"}`,
    help: "write a value within these bounds",
    explain: "The value has the right type but is outside the range that makes sense here.",
    wrong: example(["layers: 4", "layers: 0"]),
    right: example(),
  },
  V208: {
    severity: "error",
    message: text`\`${"key"}\` has no choice \`${"found"}\``,
    explain: "The key takes one of a few words, which the help lists.",
    wrong: example(["from: pool", "from: pol"]),
    right: example(),
  },
  V209: {
    severity: "error",
    message: text`there is no ${"what"} \`${"found"}\``,
    explain:
      "A value such as `adamw(…)` is built by a constructor that the language knows. The help lists those that fit.",
    wrong: example(["adamw(lr: 1e-3)\n}\n\nstage", "adam(lr: 1e-3)\n}\n\nstage"]),
    right: example(),
  },
  V210: {
    severity: "error",
    message: text`\`${"owner"}\` has no argument \`${"name"}\``,
    explain: "Arguments are named, and a misspelt name is never ignored.",
    wrong: example(["adamw(lr: 1e-3)", "adamw(lr: 1e-3, weight_dacay: 1%)"]),
    right: example(["adamw(lr: 1e-3)", "adamw(lr: 1e-3, weight_decay: 0.01)"]),
  },
  V211: {
    severity: "error",
    message: text`\`${"owner"}\` needs the argument \`${"name"}\``,
    explain: "This argument has no default, because no value would be right for most.",
    wrong: example(["adamw(lr: 1e-3)", "adamw()"]),
    right: example(),
  },
  V212: {
    severity: "error",
    message: text`\`${"owner"}\` takes ${"count"}, and this is one more`,
    explain: "Only the first arguments of a few constructors go without a name; every other one is named.",
    wrong: example(["adamw(lr: 1e-3)", "adamw(1e-3)"]),
    right: example(),
  },
  V213: {
    severity: "error",
    message: text`${"left"} and ${"right"} do not go together under \`${"operator"}\``,
    help: "bring both sides to one unit",
    explain: "Sums and differences are of one unit; a product or quotient has at most one unit; division by zero.",
    wrong: example(["size: 64px", "size: 64px + 2 steps"]),
    right: example(["size: 64px", "size: 32px * 2"]),
  },
  V214: {
    severity: "error",
    message: text`\`${"key"}\` is ${"wanted"}`,
    explain: "A section is written `key { … }`, a value `key: …`.",
    wrong: example(["image { size: 64px, patch: 16px }", "image: 64px"]),
    right: example(),
  },
  V215: {
    severity: "error",
    message: text`${"owner"} holds \`key: value\` entries, and this is a value alone`,
    help: "write `key: value`, or take it out",
    explain: "Only the metrics of an `evaluate` stand alone in a block.",
    wrong: exampleAnd("data more: images {\n  format: shapes\n  seed\n}"),
    right: exampleAnd("data more: images {\n  format: shapes\n  seed: 2\n}"),
  },
} as const satisfies Catalogue;
