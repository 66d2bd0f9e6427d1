// The advice for a NaN loss: only what the stage does not have already.
import { expect, test } from "vitest";
import { notFinite } from "../../../runtime/train/not-finite.js";
import { specIn, stageOf } from "../../support/specs.js";
import { tinySpec } from "../cli/tiny.js";

const stages = [
  {
    optimizer: "adamw(lr: 1e-3)",
    help: /^lower `lr`, begin with a warm-up .* or set `clip: 1` in the optimizer, then/,
  },
  { optimizer: "adamw(lr: 1e-3, clip: 1)", help: /^lower `lr` or begin with a warm-up \(`schedule.warmup`\), then/ },
  { optimizer: "sgd(lr: 1, clip: 40)", help: /^lower `lr`, begin with .* or lower `clip`, which is 40, then/ },
  { optimizer: "adamw(lr: 1e-3, clip: 0.5)", warmup: 2, help: /^lower `lr` or use a longer warm-up, then/ },
  { optimizer: "adamw(lr: 1e-3)", step: 0, help: /^no step has changed a parameter yet: look at the settings/ },
] as const;

test.each(stages)("with $optimizer the help is: $help", ({ optimizer, help, ...also }) => {
  const { step, warmup } = { step: 4, warmup: 0, ...also };
  const text = tinySpec
    .replaceAll("adamw(lr: 1e-3)", optimizer)
    .replaceAll("schedule: constant", `schedule: constant(warmup: ${warmup} steps)`);
  const losses = new Map([["contrast", Number.NaN]]);
  const batch = { items: ["a", "b"] };
  const error = notFinite(stageOf(specIn(text), "first"), { losses }, { step, batch, lastGood: null });
  expect(error.message).toContain(`is NaN at step ${step + 1}; the batch held a, b`);
  expect(error.help).toMatch(help);
});
