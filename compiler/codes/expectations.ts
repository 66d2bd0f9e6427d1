// V6xx: expectations. One entry per code, with its page and two example specs.
import { text, type Catalogue } from "../../grammar/index.js";
import { exampleAnd } from "./example.js";

const expect = (line: string): string => exampleAnd(`expect "the size" {\n  ${line}\n}`);
const testOf = (...lines: readonly string[]): string =>
  exampleAnd(`test "it learns" {\n${lines.map((line) => `  ${line}\n`).join("")}}`);
const brief = "train language for 20 steps";

/** V6xx, by code. */
export const expectationCodes = {
  V601: {
    severity: "error",
    message: text`expected \`${"wanted"}\`, but ${"found"}`,
    help: "change one of the two",
    explain:
      "An expectation of the spec does not hold. The values of both sides are shown; one of the two is to be changed.",
    wrong: expect("experts(Small, layer: 4) == [vision, language]"),
    right: expect("experts(Small, layer: 4) == [vision, language, fusion]"),
  },
  V602: {
    severity: "error",
    message: text`there is no fact \`${"name"}\``,
    explain:
      "Facts are `parameters`, `trainable`, `flops`, `memory`, `experts`, `routes`, `shape`, `pool` and `stages`.",
    wrong: expect("params(Small) < 1M"),
    right: expect("parameters(Small) < 1M"),
  },
  V603: {
    severity: "error",
    message: text`${"left"} and ${"right"} cannot be compared by \`${"operator"}\``,
    help: "compare numbers with numbers, and lists by `==` and `!=`",
    explain: "Numbers are compared with numbers, and with ranges by `in`; lists by `==` and `!=`.",
    wrong: expect("parameters(Small) == [1, 2]"),
    right: expect("parameters(Small) in 0.1M..1M"),
  },
  V604: {
    severity: "error",
    message: text`there is nothing called \`${"name"}\` to measure`,
    explain: `A test measures numbers of the training above it: \`loss\`, \`loss.HEAD\`, \`gradient_norm\` and \`lr\`, with
\`.first\`, \`.last\`, \`.min\`, \`.max\` or \`.mean\`, of all steps or of those in brackets, \`loss[1..5].mean\`; and metrics of
the \`evaluate\` above it: \`recall(1)\`, \`accuracy\`. Facts that need no training, such as \`parameters\`, are for \`expect\`.`,
    wrong: testOf(brief, "losses.last < 3"),
    right: testOf(brief, "loss.last < 3"),
  },
  V605: {
    severity: "error",
    message: text`\`${"what"}\` stands above the first \`${"before"}\``,
    explain: "Statements of a test run in order; a measurement is about the `train` or `evaluate` above it.",
    wrong: testOf("loss.last < 3", brief),
    right: testOf(brief, "loss.last < 3"),
  },
  V606: {
    severity: "error",
    message: text`the evaluation \`${"evaluation"}\` does not measure \`${"metric"}\``,
    explain: "A test compares metrics that stand in the block of the evaluation.",
    wrong: testOf("train fusion for 20 steps", "evaluate retrieval", "recall(3) > 10%"),
    right: testOf("train fusion for 20 steps", "evaluate retrieval", "recall(5) > 10%"),
  },
  V607: {
    severity: "error",
    message: text`stage \`${"stage"}\` is trained ${"reason"}`,
    explain:
      "A test trains a stage once, and before the stages that come from it. A stage that it does not train is newly initialised.",
    wrong: testOf("train fusion for 5 steps", "train language for 5 steps", "loss.last < loss.first"),
    right: testOf("train language for 5 steps", "train fusion for 5 steps", "loss.last < loss.first"),
  },
  V608: {
    severity: "error",
    message: text`\`${"stage"}\` has no ${"steps"}: it lasts ${"all"}`,
    explain: "A test runs the first steps of a stage exactly as `train` would; there are no more than the stage has.",
    wrong: testOf("train language for 2000 steps", "loss.last < loss.first"),
    right: testOf("train language for 200 steps", "loss.last < loss.first"),
  },
  V609: {
    severity: "error",
    message: text`stage \`${"stage"}\` has no gradient norm: it is worked out only where the optimizer clips`,
    help: "give the optimizer a `clip`, as in `adamw(lr: 1e-3, clip: 1)`",
    explain: "`clip` in the optimizer has the norm of all gradients worked out at every step.",
    wrong: testOf(brief, "gradient_norm.max < 10"),
    right: exampleAnd(`test "it learns" {\n  ${brief}\n  gradient_norm.max < 10\n}`, [
      "adamw(lr: 1e-3)",
      "adamw(lr: 1e-3, clip: 1)",
    ]),
  },
  V610: {
    severity: "error",
    message: text`two blocks are called ${"title"}`,
    help: "rename one of the two",
    explain: "Titles of `expect` and `test` identify the blocks of a file, in the output and among recorded traces.",
    wrong: exampleAnd('expect "a" { parameters(Small) < 1M }\nexpect "a" { trainable(language) < 1M }'),
    right: exampleAnd('expect "a" { parameters(Small) < 1M }\nexpect "b" { trainable(language) < 1M }'),
  },
  V611: {
    severity: "warning",
    message: text`the \`${"what"}\` ${"title"} claims nothing`,
    help: "compare something, as in `loss.last < loss.first`",
    explain: "A block without a comparison, `changed`, `unchanged` or `trace` always passes.",
    wrong: testOf(brief),
    right: testOf(brief, "loss.last < loss.first"),
  },
  V612: {
    severity: "error",
    message: text`\`${"evaluation"}\` needs the stage \`${"stage"}\`, which this test does not train`,
    explain: "A test evaluates parameters that it has trained itself, so that it needs nothing but the specification.",
    wrong: testOf(brief, "evaluate retrieval", "recall(1) > 10%"),
    right: testOf("train fusion for 20 steps", "evaluate retrieval", "recall(1) > 10%"),
  },
  V645: {
    severity: "warning",
    message: text`with \`--set\`, ${"failed"} of the file's own expectations do not hold`,
    help: "leave it, where the change is meant: `vlmo test` alone counts it as failed, and shows each",
    explain:
      "`expect` says what defines the specification as it is written. What an option changes may well be something else; it is run all the same.",
    wrong: `// --set Small.layers=3\n${expect("experts(Small, layer: 4) == [vision, language, fusion]")}`,
    right: expect("experts(Small, layer: 4) == [vision, language, fusion]"),
  },
} as const satisfies Catalogue;
