// `npm run bench`: our pair-stage step against a carefully written PyTorch program of the same step, alternating on this
// machine.
//
//   npm run bench -- [--rounds 3] [--steps 8] [--threads 2] [--only small|wide] [--ablate] [--quick]
//
// Prints pairs per second of both and their ratio at two sizes, what each pass of the compiler saves, the time from process
// start to the first step of the Base model, the time of `vlmo check`, and resident memory over steps.
import { execFile } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { promisify } from "node:util";
import { parseArgs } from "node:util";
import { pythonCommand } from "../dist/runtime/python.js";
import { median } from "./median.js";

const run = promisify(execFile);
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "8" },
    threads: { type: "string", default: "2" },
    only: { type: "string" },
    ablate: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  },
});
const [rounds, steps, threads] = [Number(values.rounds), Number(values.steps), Number(values.threads)];

const sizes = {
  small: { width: 192, layers: 6, heads: 3, image: 112, text: 24, batch: 16 },
  wide: { width: 768, layers: 2, heads: 12, image: 224, text: 40, batch: 4 },
};
const passes = [
  "fold-scales",
  "push-down-slices",
  "single-query-attention",
  "hoist-row-wise",
  "scatter-to-matmul",
  "join-pads",
  "join-vectors",
];

console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} processors, ${threads} threads used`);
const load = loadavg()[0] ?? 0;
if (load > 0.5) console.log(`note: the machine is busy (load ${load.toFixed(1)}); the figures below are too`);

const rival = await findRival();
for (const [name, size] of Object.entries(sizes)) {
  if (values.only === undefined || values.only === name) await compare(name, size);
}
if (!values.quick) await others();

/** Alternating rounds of both sides; medians of the rounds' medians. */
async function compare(name, size) {
  console.log(`\n${name}: ${Object.entries(size).map(([key, value]) => `${key} ${value}`).join(", ")}`); // prettier-ignore
  const [own, theirs] = [[], []];
  for (let round = 0; round < rounds; round++) {
    own.push(await ours(size));
    if (rival !== null) theirs.push(await peer(size));
  }
  const rate = line("ours", own);
  if (rival === null)
    console.log(
      "  rival: skipped, Python with PyTorch was not found (`vlmo setup torch` brings it, VLMO_PYTHON names another)",
    );
  else console.log(`  ratio: ${(rate / line(rival, theirs)).toFixed(2)}`);
  await shares(size, median(own.map(({ seconds }) => seconds)));
}

function line(name, results) {
  const seconds = median(results.map((result) => result.seconds));
  const rate = results[0].pairs / seconds;
  const each = results.map((result) => (result.seconds * 1000).toFixed(0)).join(", ");
  console.log(`  ${name}: ${rate.toFixed(1)} pairs/s (median step ${(seconds * 1000).toFixed(0)} ms; rounds ${each})`);
  return rate;
}

/** The share that every pass saves of the products of a step, and, with --ablate, of its time. */
async function shares(size, seconds) {
  const { flops: all, nodes, words } = await child({ set: settings(size), mode: "cost" });
  const { flops: none } = await child({ set: settings(size), mode: "cost", without: [...passes, "padding"] });
  console.log(`  products of a step: ${(all / 1e9).toFixed(1)} GFLOP in ${nodes} operations; without the savings below ${(none / 1e9).toFixed(1)}`); // prettier-ignore
  for (const name of [...passes, "padding"]) {
    const { flops } = await child({ set: settings(size), mode: "cost", without: [name] });
    const timed =
      values.ablate && (name !== "padding" || flops !== all)
        ? `, ${percent((await ours(size, [name])).seconds / seconds - 1)} of the time`
        : "";
    const longest = name === "padding" ? `: the longest text has ${words} of ${size.text} tokens` : "";
    if (Math.abs(flops / all - 1) >= 0.0005 || values.ablate || name === "padding")
      console.log(`    ${name} saves ${percent(flops / all - 1)} of the products${timed}${longest}`);
  }
}

async function others() {
  console.log("\nother times");
  const base = await child({ spec: "specs/vlmo-base.vlmo", stage: "fusion", batch: 2, mode: "start" });
  console.log(`  Base, from process start to the end of the first step (2 pairs): ${seconds(base.start)}, of which ${Object.entries(base.parts).map(([part, time]) => `${part} ${seconds(time)}`).join(", ")}`); // prettier-ignore
  const times = [];
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    await run(process.execPath, ["dist/bundle/main.js", "check", "specs/vlmo-large.vlmo"]);
    times.push(performance.now() - before);
  }
  console.log(`  vlmo check specs/vlmo-large.vlmo, with process start: ${median(times).toFixed(0)} ms`);
  const marks = [200, 2000];
  const tiny = { width: 32, layers: 2, heads: 2, image: 32, text: 12, batch: 2 };
  // Three processes, since the timing of garbage collection varies between them.
  const growths = [];
  for (let i = 0; i < 3; i++) {
    const { resident } = await child({ set: [...settings(tiny), "vocabulary=512"], mode: "memory", marks });
    const [early, late] = marks.map((mark) => resident[mark] / 2 ** 20);
    growths.push({ early, late, growth: late / early - 1 });
  }
  const [, middle] = growths.sort((a, b) => a.growth - b.growth);
  const each = growths.map(({ growth }) => percent(growth)).join(", ");
  console.log(`  resident memory after 200 and 2,000 steps: ${middle.early.toFixed(0)} and ${middle.late.toFixed(0)} MiB (growth in three processes ${each})`); // prettier-ignore
}

async function ours(size, without = []) {
  const { times, pairs } = await child({ set: settings(size), steps, threads, without });
  return { seconds: median(times) / 1000, pairs };
}

async function peer(size) {
  const flags = Object.entries({ ...size, steps, threads }).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const result = JSON.parse((await run(rival.python, ["bench/peer_vlmo_step.py", ...flags])).stdout);
  return { seconds: result.median_s, pairs: result.batch };
}

async function child(options) {
  return JSON.parse((await run(process.execPath, ["bench/ours.js", JSON.stringify(options)])).stdout);
}

function settings({ width, layers, heads, image, text, batch }) {
  return [`width=${width}`, `layers=${layers}`, `heads=${heads}`, `image_size=${image}px`, `text_length=${text}`, `batch=${batch}`]; // prettier-ignore
}

/** The Python of the engine torch, or null where it has no PyTorch. */
async function findRival() {
  const python = pythonCommand();
  try {
    const { stdout } = await run(python, ["-c", "import torch; print(torch.__version__)"]);
    return { python, toString: () => `torch ${stdout.trim()}` };
  } catch {
    return null;
  }
}

function percent(share) {
  return `${(share * 100).toFixed(1)}%`;
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
