// `npm run bench:cached`: the cost of `cached: true`. The paper's pair stage in small, as one batch, and in micro-batches with
// and without `cached`; steps of the three alternate in one process.
//
//   npm run bench:cached -- [--batch 32] [--micro 8] [--rounds 7] [--threads 2]
//
// Operations are matrix products: as `vlmo plan` counts them, and as counted over the programs that ran. On a busy machine the
// processor time with `--threads 1` is more reliable than wall time.
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { posix } from "node:path";
import { parseArgs } from "node:util";
import { checkSpec, parametersOf } from "../dist/compiler/index.js";
import { graphFlops } from "../dist/compiler/passes/graph-flops.js";
import { trainingFlops } from "../dist/compiler/plan/estimate.js";
import { engines } from "../dist/runtime/engines/index.js";
import { nothingHanded, startParameters } from "../dist/runtime/train/initialize.js";
import { Learner } from "../dist/runtime/train/learner.js";
import { generator, randomBatch } from "./batch.js";
import { median } from "./median.js";

const number = (value) => ({ type: "string", default: String(value) });
const { values } = parseArgs({ options: { batch: number(32), micro: number(8), rounds: number(7), threads: number(2) } }); // prettier-ignore
const [batch, micro, rounds, threads] = [values.batch, values.micro, values.rounds, values.threads].map(Number);
const text = `vlmo 1

import { VlmoBase, fusion } from "specs/vlmo-base.vlmo"

model Small extends VlmoBase {
  layers: 6
  width: 192
  attention { heads: 3 }
  image { size: 112px }
  text { length: 24 }
}

stage small extends fusion from scratch { model: Small, batch: ${batch}, micro: ${micro} }
`;
const { spec, diagnostics } = checkSpec("small.vlmo", {
  read: (path) => (path === "small.vlmo" ? text : readFileSync(path, "utf8")),
  resolvePath: (from, to) => posix.join(posix.dirname(from), to),
});
if (spec === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
const fusion = spec.stages.get("small");
const stages = {
  "one batch": { ...fusion, micro: batch },
  "micro-batches, cached": fusion,
  "micro-batches": { ...fusion, cached: false },
};

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${threads} threads, batch ${batch} in micro-batches of ${micro}`,
);
const load = loadavg()[0] ?? 0;
if (load > 0.5) console.log(`note: the machine is busy (load ${load.toFixed(1)}); the times below are too`);

const engine = await engines.ort({ threads, backend: null });
const { parameters } = await startParameters(fusion, parametersOf(fusion.model, fusion.heads), nothingHanded);
const given = randomBatch(fusion, batch, generator(1));
const sides = Object.entries(stages).map(([name, stage]) => {
  const counter = counting(engine);
  const learner = new Learner(counter.engine, stage, { parameters, state: null });
  return { name, stage, counter, learner, times: [], work: [], flops: 0 };
});
// The first round builds and loads the programs.
for (let round = 0; round <= rounds; round += 1) {
  for (const side of sides) {
    const [before, cpu, flops] = [performance.now(), process.cpuUsage(), side.counter.flops()];
    await side.learner.step(given, { step: round, lr: 1e-4 });
    const { user, system } = process.cpuUsage(cpu);
    if (round > 0) side.times.push(performance.now() - before);
    if (round > 0) side.work.push((user + system) / 1000);
    side.flops = side.counter.flops() - flops;
  }
}
for (const { learner } of sides) learner.dispose();
engine.dispose();

const [whole, cached, cut] = sides;
console.log(`\n${"".padEnd(36)}${["step, ms", "ratio", "processor, ms", "ratio", "by plan", "products run"].map((head) => head.padStart(14)).join("")}`); // prettier-ignore
for (const side of sides) row(side.name, side, whole);
row("cached over micro-batches alone", cached, cut);

function row(name, { stage, times, work, flops }, other) {
  const cells = [
    median(times).toFixed(0),
    between(times, other.times),
    median(work).toFixed(0),
    between(work, other.work),
    (trainingFlops(stage) / trainingFlops(other.stage)).toFixed(2),
    (flops / other.flops).toFixed(2),
  ];
  console.log(name.padEnd(36) + cells.map((cell) => cell.padStart(14)).join(""));
}

/** The median ratio of consecutive steps: other load on the machine affects both. */
function between(numbers, others) {
  return median(numbers.map((each, i) => each / others[i])).toFixed(2);
}

/** The engine, with a count of the products in all programs it has run. */
function counting(inner) {
  let total = 0;
  const load = async (graph) => {
    const executable = await inner.load(graph);
    const flops = graphFlops(graph);
    const run = (...given) => {
      total += flops;
      return executable.run(...given);
    };
    return Object.assign(Object.create(executable), { run });
  };
  return { engine: Object.assign(Object.create(inner), { load }), flops: () => total };
}
