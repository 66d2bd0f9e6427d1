// `npm run ablations`: every variant of specs/ablations/small.vlmo with every seed, and the page of their results.
//
//   npm run ablations -- [--seeds 3] [--threads 2] [--out runs/ablations] [--collect]
//
// About two hours on two cores. Finished stages are not repeated, interrupted ones are resumed. Each seed has a run folder,
// whose stages are trained in the order of the file; the first seed comes first. After every stage the results so far are
// written to OUT/ablations.md; when all are there, docs/ablations.md and its picture are written. `--collect` only writes.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pageOf } from "./page.js";
import { pictureOf } from "./picture.js";
import { resultsIn } from "./results.js";
import { plannedStages, secondsIn, trainStage } from "./stages.js";
import { mean } from "./statistics.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    out: { type: "string", default: "runs/ablations" },
    collect: { type: "boolean", default: false },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed);
const stages = await plannedStages(values.out, seeds);
/** The stages of the first variant that train on pairs. */
const pairStages = ["align_all", "words_all", "all"];

process.exitCode = values.collect ? 0 : await trainAll();
write(values.out);
const left = stages.filter(({ isDone }) => !isDone).length;
if (left === 0) {
  write("docs");
  console.log("docs/ablations.md and docs/pictures/ablations.svg are written");
} else console.log(`${left} of ${stages.length} stages are left; ${join(values.out, "ablations.md")} has what is known. Go on with the same command.`); // prettier-ignore

/** The exit code: that of Ctrl-C after an interruption, or that of the stage that failed. */
async function trainAll() {
  let [stopped, hand] = [false, () => undefined];
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      stopped = true;
      hand(signal);
    });
  }
  for (const [at, stage] of stages.entries()) {
    if (stage.isDone) continue;
    console.log(`[${at + 1}/${stages.length}] seed ${stage.seed}: ${stage.name}, ${stage.steps} steps; ${timeLeft()}`);
    const { exit, stderr } = await trainStage(stage, values.threads, (kill) => (hand = kill));
    if (stopped) return 130;
    if (exit !== 0) {
      console.error(`${stage.name} of seed ${stage.seed} ended with ${exit}:\n${stderr}`);
      return exit;
    }
    stage.isDone = true;
    write(values.out);
  }
  return 0;
}

/**
 * Estimated from the seconds the same stage took with another seed, or from all finished stages in proportion to their
 * operations.
 */
function timeLeft() {
  const took = new Map(seeds.map((seed) => [seed, secondsIn(join(values.out, `seed-${seed}`))]));
  const done = stages.filter(({ isDone }) => isDone).map((stage) => ({ ...stage, seconds: took.get(stage.seed).get(stage.name) ?? 0 })); // prettier-ignore
  if (done.length === 0) return "the time left shows after the first";
  const rate = sum(done.map(({ seconds }) => seconds)) / sum(done.map(({ flops }) => flops));
  const expected = stages.flatMap(({ name, flops, isDone }) => {
    const same = done.filter((other) => other.name === name).map(({ seconds }) => seconds);
    return isDone ? [] : [same.length > 0 ? mean(same) : flops * rate];
  });
  const minutes = Math.ceil(sum(expected) / 60);
  return `about ${minutes >= 60 ? `${Math.floor(minutes / 60)} h ` : ""}${minutes % 60} min left`;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function write(folder) {
  const results = resultsIn(values.out, seeds);
  const steps = sum(stages.filter(({ seed, name }) => seed === 0 && pairStages.includes(name)).map((stage) => stage.steps)); // prettier-ignore
  mkdirSync(join(folder, "pictures"), { recursive: true });
  writeFileSync(join(folder, "pictures/ablations.svg"), pictureOf(results));
  writeFileSync(join(folder, "ablations.md"), pageOf(results, steps));
}
