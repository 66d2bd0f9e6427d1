// The identity of a stage when a run is resumed: its meaning, not its notation.
import { expect, it } from "vitest";
import { example } from "../../../compiler/codes/example.js";
import { hashOf } from "../../../runtime/train/run-folder.js";
import { specOf, stageOf } from "../../compiler/check/check.js";

const hash = (...changes: readonly (readonly [from: string, to: string])[]): string =>
  hashOf(stageOf(specOf(example(...changes)), "fusion"));

it.each([
  ["relative(span: 40)", "relative(span: 48)"],
  ["seed: 1 }", "seed: 2 }"],
  ["lr: 1e-3)\n}\n\nevaluate", "lr: 2e-3)\n}\n\nevaluate"],
])("`%s` as `%s` is another stage", (from, to) => {
  expect(hash([from, to])).not.toBe(hash());
});

it.each([
  ["vlmo 1\n", "vlmo 1\n\n// moved down\n"],
  [
    "steps: 1000\n  optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
    "steps: 10\n  optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
  ],
])("`%s` as `%s` is the same", (from, to) => {
  expect(hash([from, to])).toBe(hash());
});
