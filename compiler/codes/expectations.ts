// V6xx: expectations. One entry a code, with its page and two example specs.
import { text, type Catalogue } from "../../grammar/index.js";
import { exampleAnd } from "./example.js";

const expect = (line: string): string => exampleAnd(`expect "the size" {\n  ${line}\n}`);

export const expectationCodes = {
  V601: {
    severity: "error",
    message: text`expected ${"wanted"}, and it is ${"found"}`,
    explain: "An expectation of the spec does not hold. Both values are shown; one of the two sides is to be changed.",
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
    explain: "Numbers are compared with numbers, and with ranges by `in`; lists by `==` and `!=`.",
    wrong: expect("parameters(Small) == [1, 2]"),
    right: expect("parameters(Small) in 0.1M..1M"),
  },
} as const satisfies Catalogue;
