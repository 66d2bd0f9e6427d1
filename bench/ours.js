// One side of the benchmark: our pair-stage step, in a process of its own. Prints one line of JSON.
//
//   node bench/ours.js '{"set":["width=192"],"steps":8}'
//
// `mode`: `time` (milliseconds of every step), `memory` (resident memory after `marks` steps), `start` (milliseconds from the
// start of the process to the end of the first step), `cost` (products of a step). `without`: passes to leave out, or
// `padding`: every text is computed at the model's full length. `engine`: its name with the options it is opened with.
import { readFileSync } from "node:fs";
import { checkSpec, buildStep, parametersOf, topological } from "../dist/compiler/index.js";
import { graphFlops } from "../dist/compiler/passes/graph-flops.js";
import { engines } from "../dist/runtime/engines/index.js";
import { nothingHanded, startParameters } from "../dist/runtime/train/initialize.js";
import { sizesKey, sizesOf } from "../dist/runtime/program/sizes.js";
import { Learner } from "../dist/runtime/train/learner.js";
import { generator, randomBatch } from "./batch.js";

const options = { spec: "specs/bench-pair.vlmo", set: [], mode: "time", steps: 8, warmup: 3, threads: 2, without: [], engine: { name: "ort", backend: null }, ...JSON.parse(process.argv[2] ?? "{}") }; // prettier-ignore

const { spec, diagnostics } = checkSpec(options.spec, {
  read: (path) => readFileSync(path, "utf8"),
  resolvePath: (from, to) => new URL(to, `file:///${from}`).pathname.slice(1),
  set: options.set.map((text) => ({ text })),
});
if (spec === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
const stage = { ...spec.stages.get(options.stage ?? "pair"), ...(options.batch && { micro: options.batch }) };
const microBatch = randomBatch(stage, stage.micro, generator(1));

if (options.mode === "cost") {
  const { graph } = buildStep(stage, sizes(), new Set(options.without));
  report({ flops: graphFlops(graph), nodes: topological(graph.outputs.values()).length, words: sizes().words });
} else {
  const { name, ...ways } = options.engine;
  const engine = await engines[name]({ threads: options.threads, ...ways });
  const loaded = performance.now();
  const { parameters } = await startParameters(stage, parametersOf(stage.model, stage.heads), nothingHanded);
  const learner = new Learner(engine, stage, { parameters, state: null });
  if (options.without.length > 0) await preload(learner, engine);
  const results = options.mode === "start" ? await started(learner, { loaded, parameters }) : await measured(learner);
  report({ engine: engine.description, ...results });
  learner.dispose();
  engine.dispose();
}

async function measured(learner) {
  const times = [];
  const resident = {};
  let loss = 0;
  const last = options.mode === "memory" ? Math.max(...options.marks) : options.steps + options.warmup; // prettier-ignore
  for (let step = 0; step < last; step++) {
    const before = performance.now();
    const result = await learner.step(microBatch, { step, lr: 1e-4 });
    times.push(performance.now() - before);
    loss = result.losses.get("total");
    if (options.mode === "memory" && options.marks.includes(step + 1)) resident[step + 1] = process.memoryUsage().rss;
  }
  if (options.mode === "memory") return { resident };
  return { times: times.slice(options.warmup), pairs: stage.micro, loss };
}

/**
 * Milliseconds from the start of the process to the end of the first step, in total and by part. Weights are drawn while the
 * program is built: `weights` is the time they take beyond that.
 */
async function started(learner, { loaded, parameters }) {
  await learner.program("step", microBatch);
  const built = performance.now();
  await parameters;
  const drawn = performance.now();
  await learner.step(microBatch, { step: 0, lr: 1e-4 });
  const start = performance.now();
  return { start, parts: { process: loaded, program: built - loaded, weights: drawn - built, step: start - drawn } };
}

/** Puts a program compiled without some passes into the learner's cache. */
async function preload(learner, engine) {
  const program = buildStep(stage, sizes(), new Set(options.without));
  const key = `step ${sizesKey(sizesOf(stage, microBatch))}`;
  learner.loaded.loaded.set(key, { program, executable: await engine.load(program.graph) });
}

function sizes() {
  const { words, ...others } = sizesOf(stage, microBatch);
  return options.without.includes("padding") ? others : { words, ...others };
}

function report(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
