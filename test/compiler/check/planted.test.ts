// Two independent mistakes planted in a shipped specification: both are reported, each as it is alone, and nothing else.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lineText, positionAt } from "../../../grammar/index.js";
import { exampleFiles } from "../../../compiler/codes/example.js";
import { check } from "./check.js";

const quickstart = readFileSync(new URL("../../../specs/quickstart.vlmo", import.meta.url), "utf8");

/** Each row is one mistake, on a separate line. */
const mistakes: Readonly<Record<string, readonly [right: string, wrong: string]>> = {
  "a width that the heads do not divide": ["attention { heads: 3,", "attention { heads: 5,"],
  "an image size that the patch does not divide": ["size: 48px", "size: 50px"],
  "a misspelt norm": ["layer_norm(eps: 1e-6)", "layer_nrm(eps: 1e-6)"],
  "a gap in the routing": ["language: ffn(text, ratio: 4) on all", "language: ffn(text, ratio: 4) on bottom 3"],
  "an unknown data format": [
    "data labelled: labelled_images { format: shapes",
    "data labelled: labelled_images { format: shape",
  ],
  "a decimal comma": ["sentences: texts { format: shapes, seed: 1", "sentences: texts { format: shapes, seed: 1,5"],
  "a misspelt head": ["negatives: hard(contrast,", "negatives: hard(contrst,"],
  "a mask of more than 100%": ["mask: random(40%)", "mask: random(140%)"],
  "a wrong unit": [
    "cosine(warmup: 20 steps)\n}\n\n/// Image classification",
    "cosine(warmup: 20 px)\n}\n\n/// Image classification",
  ],
  "a misspelt key of a stage": ["learn: kind", "lern: kind"],
  "an unknown frozen part": ["freeze: attention, norm1,", "freeze: attention, norm9,"],
  "a misspelt predecessor": ["stage align from language", "stage align from langage"],
  "an optimizer argument of another tool": [
    "steps: 600\n  optimizer: adamw(lr: 1e-3,",
    "steps: 600\n  optimizer: adamw(learning_rate: 1e-3,",
  ],
  "a head that does not fit the data": [
    "learn: contrast + match + pair_words",
    "learn: contrast + match + pair_words + truth",
  ],
  "a missing batch size": ["with { text { length: 16 } }\n  batch: 64\n", "with { text { length: 16 } }\n"],
  "a metric of an unknown head": ["accuracy(pair_words)", "accuracy(pair_wrds)"],
  "an evaluation of an unknown stage": ["unseen_claims using claims_stage", "unseen_claims using claim_stage"],
};

interface Told {
  readonly code: string;
  /** The source line that the diagnostic points to. */
  readonly line: string;
  readonly message: string;
}

function tell(names: readonly string[]): Told[] {
  const text = names.reduce((sum, name) => {
    const [right, wrong] = mistakes[name] ?? ["", ""];
    expect(sum.split(right)).toHaveLength(2);
    return sum.replace(right, wrong);
  }, quickstart);
  const { diagnostics } = check({ "main.vlmo": text, ...exampleFiles });
  return diagnostics.map(({ code, message, span }) => ({
    code,
    message,
    line: lineText(span.file, positionAt(span.file, span.start).line),
  }));
}

const names = Object.keys(mistakes);
const alone = new Map(names.map((name) => [name, tell([name])]));
const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));

test("the specification itself has no mistake", () => {
  expect(tell([])).toEqual([]);
});

test.each(names)("%s is reported once", (name) => {
  expect(alone.get(name)).toHaveLength(1);
});

describe("two mistakes at once", () => {
  test.each(pairs)("are both reported: %s; %s", (a, b) => {
    const order = (told: readonly Told[]): string[] => told.map((each) => JSON.stringify(each)).sort();
    expect(order(tell([a, b]))).toEqual(order([...(alone.get(a) ?? []), ...(alone.get(b) ?? [])]));
  });
});
