// The results of the ablations so far, read from the logs in their run folders.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { measures } from "./questions.js";

/**
 * Values and chance level by variant and measure, with one value per seed: `of("all", "words").values`; and the engine that
 * computed them.
 */
export function resultsIn(out, seeds) {
  const logs = seeds.map((seed) => evaluationsIn(join(out, `seed-${seed}`, "metrics.jsonl")));
  const of = (variant, measure) => {
    const { metric, suffix } = measures[measure];
    const found = logs.flatMap((evaluations) => {
      const own = evaluations.filter(({ stage }) => stage === variant + suffix);
      return own.flatMap(({ metrics }) => metrics).filter(({ name }) => metric.test(name)).slice(0, 1); // prettier-ignore
    });
    return {
      values: found.map(({ value }) => value),
      chance: found[0]?.chance ?? null,
      items: found[0]?.items ?? null,
    };
  };
  return { of, seeds, engine: engineIn(out) };
}

/** The log of a running training may end in the middle of a line. */
function evaluationsIn(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter((line) => line.startsWith('{"kind":"evaluation"') && line.endsWith("}")); // prettier-ignore
  return lines.map((line) => JSON.parse(line));
}

function engineIn(out) {
  const file = join(out, "seed-0", "run.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).engine : "nothing yet";
}
