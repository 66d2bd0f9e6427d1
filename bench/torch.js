// `npm run bench:torch`: the pair-stage step that we emit for PyTorch against a carefully written PyTorch program of the same
// step, in each precision, both eager or both compiled; steps alternate in one process.
//
//   npm run bench:torch -- [--rounds 8] [--threads 2] [--device cpu|cuda] [--only "bfloat16 eager"] [--size small|wide]
//
// Prints the median step of both in wall time and processor time, their ratio, and how long our first step took including
// compilation. On a busy machine processor time is more reliable. VLMO_PYTHON names a Python that has PyTorch.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { scriptFolder } from "../dist/runtime/engines/torch/worker.js";
import { compiledFolder, pythonCommand } from "../dist/runtime/python.js";
import { median } from "./median.js";
import { attentionOn, writePrograms } from "./torch-programs.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "8" },
    threads: { type: "string", default: "2" },
    device: { type: "string", default: "cpu" },
    size: { type: "string", default: "small" },
    only: { type: "string" },
  },
});
const sizes = {
  small: { width: 192, layers: 6, heads: 3, image: 112, text: 24, batch: 16 },
  wide: { width: 768, layers: 2, heads: 12, image: 224, text: 40, batch: 4 },
};
const size = sizes[values.size];
const [rounds, threads] = [Number(values.rounds), Number(values.threads)];
const ways = ["float32", "bfloat16"]
  .flatMap((precision) => [false, true].map((compiled) => [precision, compiled]))
  .filter((way) => values.only === undefined || values.only === titleOf(way));

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${threads} threads on ${values.device}; ${JSON.stringify(size)}; load ${loadavg()[0]?.toFixed(1)}`,
);
const folder = mkdtempSync(join(tmpdir(), "vlmo-torch-"));
try {
  const options = {
    ...{
      ways,
      rounds,
      threads,
      device: values.device,
      peer: "bench/peer_vlmo_step.py",
      worker: scriptFolder,
      programs: writePrograms(size, ways, folder, attentionOn[values.device]).programs,
    },
    rival: Object.entries({ ...size, threads }).flatMap(([key, value]) => [`--${key}`, String(value)]),
  };
  const env = { ...process.env, TORCHINDUCTOR_CACHE_DIR: compiledFolder() };
  const child = spawn(pythonCommand(), ["bench/torch_steps.py", JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  for await (const line of createInterface({ input: child.stdout })) tell(JSON.parse(line));
} finally {
  rmSync(folder, { recursive: true });
}

function tell({ precision, compiled, first, pairs }) {
  const measures = ["clock", "processor"].map((measure) => {
    const [own, theirs] = [0, 1].map((side) => median(pairs.map((pair) => pair[side][measure])));
    const each = pairs.map(([mine, rival]) => rival[measure] / mine[measure]).toSorted((a, b) => a - b);
    return (
      `  by the ${measure}: ours ${milliseconds(own)}, rival ${milliseconds(theirs)}, ${(theirs / own).toFixed(2)} times as fast ` +
      `(${each.at(0).toFixed(2)} to ${each.at(-1).toFixed(2)} in turns)`
    );
  });
  const losses = pairs.at(-1).map(({ loss }) => loss.toFixed(3));
  const start = `first step ${first.clock.toFixed(1)} s, ${first.processor.toFixed(1)} s of this process`;
  console.log([`${titleOf([precision, compiled])} (losses ${losses.join(" and ")}; ${start})`, ...measures].join("\n"));
}

function titleOf([precision, compiled]) {
  return `${precision} ${compiled ? "compiled" : "eager"}`;
}

function milliseconds(value) {
  return `${(value * 1000).toFixed(0)} ms`;
}
