// Whatever is written, the checker answers: the pages' examples with words and marks exchanged, dropped and put in.
import { expect, test } from "vitest";
import { compilerCodes } from "../../../compiler/codes.js";
import { planOf } from "../../../compiler/plan/plan.js";
import { planText } from "../../../compiler/plan/text.js";
import { hasErrors, renderAll } from "../../../grammar/index.js";
import { check } from "./check.js";

const texts = Object.values(compilerCodes)
  .flatMap(({ wrong, right }) => [wrong, right])
  .filter((text) => text.length < 3000);
const words = texts.join("\n").match(/[A-Za-z_]+|[0-9.]+|"[^"]*"|\S/g) ?? [];

/** A generator of numbers 0…1, the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

function pick<T>(list: readonly T[], next: () => number): T {
  const found = list[Math.floor(next() * list.length)];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}

function mutated(next: () => number): string {
  const parts = pick(texts, next)
    .split(/(\s+|[A-Za-z_]+|[0-9.]+|"[^"]*"|\W)/)
    .filter((part) => part !== "");
  for (let i = 0; i <= next() * 3; i += 1) {
    const place = Math.floor(next() * parts.length);
    const kind = next();
    if (kind < 0.3) parts.splice(place, 1);
    else parts.splice(place, kind < 0.75 ? 1 : 0, pick(words, next));
  }
  return parts.join("");
}

test.each([1, 2, 3, 4])("mutated specs are answered with a plan or with an error (seed %i)", (seed) => {
  const next = numbers(seed);
  for (let i = 0; i < 50; i += 1) {
    const text = mutated(next);
    const { spec, diagnostics } = check({ "example.vlmo": text });
    expect(spec === null, text).toBe(hasErrors(diagnostics));
    expect(renderAll(diagnostics)).toBeTypeOf("string");
    if (spec !== null) expect(planText(planOf(spec))).not.toBe("");
  }
});
