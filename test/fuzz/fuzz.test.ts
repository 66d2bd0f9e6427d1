// The checker answers any input. 400 cases here, 2,000 in `npm run test:long`, 100,000 in `npm run fuzz`.
import { expect, test } from "vitest";
import { isLong } from "../support/long.js";
import { caseOf } from "./cases.js";
import { failureOf } from "./properties.js";

const cases = isLong ? 2_000 : 400;
const batch = 200;

test.each(Array.from({ length: cases / batch }, (_, i) => i * batch))(
  `case %i and the ${batch - 1} after it are answered`,
  { timeout: 600_000 },
  (first) => {
    const outcomes = Array.from({ length: batch }, (_, i) => failureOf(first + i, caseOf(first + i)));
    expect(outcomes.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    // Mutations that break every case would test the first error only.
    expect(outcomes.filter(({ isRight }) => isRight).length).toBeGreaterThan(batch / 10);
  },
);
