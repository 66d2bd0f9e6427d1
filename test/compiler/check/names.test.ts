// Property names that every JavaScript object inherits (`constructor`, `__proto__`, …) are ordinary names in every position.
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { exampleAnd, exampleFiles } from "../../../compiler/codes/example.js";
import {
  applyFixes,
  checkSpec,
  diffSpecs,
  diffText,
  planOf,
  planText,
  plainSpec,
  showFile,
  showText,
  type FileAccess,
} from "../../../compiler/index.js";
import { isLong, oneOf } from "../../support/long.js";
import { createSource, formatSource, renderAll, renderJson } from "../../../grammar/index.js";

const spec = exampleAnd(`param wide: px = 64px
model Wide extends Small { init { all: beit, experts.vision: bert }, image { size: wide } }
data truths: statements {
  format: jsonl
  records: "r.jsonl"
  fields { image: ["left", "right"], text: "t" }
  split { by: "text", part: train }
}
head more: classify(image.cls) { classes: 3, hidden: none }
stage third from fusion {
  model: Wide
  data: world
  learn: itc + 0.5 * itm
  batch: 32
  steps: 10
  optimizer: adamw(lr: 1e-3, clip: 1, factors: { heads.itm: 2x })
  schedule: cosine(warmup: 10%)
  augment: [flip]
  validate: every 5 steps
  best: recall(1)
}
evaluate again on world using third { recall(1, head: itc), accuracy(itm), batch: 5 }
expect "sizes" { parameters(Wide, attention) < 1M }
test "it learns" {
  train fusion for 2 steps
  loss.itc.last < 9
  changed(attention)
}`);

const files = (text: string): FileAccess => {
  const texts = new Map([["main.vlmo", text], ...Object.entries(exampleFiles)]);
  return {
    read: (path) => texts.get(path) ?? null,
    resolvePath: (from, to) => posix.join(posix.dirname(from), to),
  };
};

/** Runs everything that reads a specification. Gives the codes of its diagnostics. */
function everything(text: string): string[] {
  const access = files(text);
  const { spec: checked, diagnostics } = checkSpec("main.vlmo", access);
  const declarations = showFile("main.vlmo", access) ?? [];
  const said = [
    renderAll(diagnostics),
    JSON.stringify(diagnostics.map(renderJson)),
    ...declarations.map((shown) => showText(shown, { origins: true })),
    JSON.stringify(plainSpec(declarations)),
    formatSource(createSource("main.vlmo", text)).text ?? "",
    ...(checked === null
      ? []
      : [planText(planOf(checked)), diffText(diffSpecs(checked, checked), { before: "", after: "" })]),
  ];
  applyFixes(
    new Map([["main.vlmo", text]]),
    (texts) => checkSpec("main.vlmo", { ...access, read: (path) => texts.get(path) ?? access.read(path) }).diagnostics,
  );
  expect(said.join("\n")).not.toMatch(/native code|\[object /);
  return diagnostics.map(({ code }) => code);
}

const odd = ["constructor", "toString", "__proto__", "hasOwnProperty"] as const;
const places = [...spec.matchAll(/[A-Za-z_]\w*/g)].map(({ 0: word, index }) => ({ word, index }));

test("the specification below is valid", () => {
  expect(everything(spec)).toEqual([]);
});

test("inherited property names in the place of any word are reported and never make anything throw", () => {
  // Each place once: lookups treat all of these names alike.
  oneOf(3, places).forEach(({ word, index }, i) => {
    everything(spec.slice(0, index) + (odd[i % odd.length] ?? "") + spec.slice(index + word.length));
  });
});

describe("declarations may have the names of inherited properties", () => {
  const models = ["Small", "Wide", "world", "truths", "words", "itc", "itm", "more", "language", "fusion", "third"];
  const declared = [...models, "retrieval", "again", "wide", "vision", "left"];
  // `__proto__` can be assigned to and is tried for every declaration; the others behave alike and take turns.
  const [proto, alike] = [odd.filter((name) => name === "__proto__"), odd.filter((name) => name !== "__proto__")];
  const namesOf = (i: number): readonly string[] => (isLong ? odd : [...proto, alike[i % alike.length] ?? ""]);
  const rows = declared.flatMap((word, i) => namesOf(i).map((name) => ({ word, name })));

  test.each(rows)("$word: $name", ({ word, name }) => {
    expect(everything(spec.replaceAll(new RegExp(`\\b${word}\\b`, "g"), name))).toEqual([]);
  });
});
