// `npm run bench:exchanges`: the gain from overlapping the all-reduce of gradients with the backward pass. Two PyTorch
// processes on this machine (Gloo) run a pair-stage step over an artificially slow link; steps alternate between the program as
// written and one that waits for each exchange where it starts.
//
//   npm run bench:exchanges -- [--rounds 8] [--rate 100] [--width 384] [--layers 6] [--batch 8]
//
// `--rate`: the bandwidth of the link in MB/s. Prints the median step of both. VLMO_PYTHON names a Python that has PyTorch.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { buildStep, checkSpec, lower, targets, writeTorch } from "../dist/compiler/index.js";
import { sizesOf } from "../dist/runtime/program/sizes.js";
import { pythonCommand } from "../dist/runtime/python.js";
import { generator, randomBatch } from "./batch.js";
import { median } from "./median.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "8" },
    rate: { type: "string", default: "100" },
    width: { type: "string", default: "384" },
    layers: { type: "string", default: "6" },
    batch: { type: "string", default: "8" },
  },
});
const ranks = 2;
const folder = mkdtempSync(join(tmpdir(), "vlmo-exchanges-"));
try {
  const program = join(folder, "step.py");
  writeFileSync(program, written());
  const port = await freePort();
  const options = JSON.stringify({ program, rounds: Number(values.rounds), rate: Number(values.rate) * 1e6 });
  const [told] = await Promise.all(Array.from({ length: ranks }, (_, rank) => start(rank, port, options)));
  const { early, late } = JSON.parse(told);
  console.log(`${JSON.stringify(values)}, ${ranks} processes, load ${loadavg()[0]?.toFixed(1)}`);
  console.log(`  exchanges beside the backward pass ${seconds(early)}, each waited for at once ${seconds(late)}`);
} finally {
  rmSync(folder, { recursive: true });
}

function written() {
  const set = [`width=${values.width}`, `layers=${values.layers}`, "heads=6", "image_size=112px", "text_length=24", `batch=${values.batch}`]; // prettier-ignore
  const { spec } = checkSpec("specs/bench-pair.vlmo", {
    read: (path) => readFileSync(path, "utf8"),
    resolvePath: (from, to) => new URL(to, `file:///${from}`).pathname.slice(1),
    set: set.map((each) => ({ text: each })),
  });
  const stage = spec.stages.get("pair");
  const sizes = sizesOf(stage, randomBatch(stage, stage.micro / ranks, generator(1)));
  return writeTorch(lower(buildStep(stage, { ...sizes, ranks }).graph, targets.torch));
}

async function start(rank, port, options) {
  const environment = { RANK: rank, WORLD_SIZE: ranks, MASTER_ADDR: "127.0.0.1", MASTER_PORT: port };
  const child = spawn(pythonCommand(), ["bench/exchange_steps.py", options], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  return text(child.stdout);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

function seconds(list) {
  const sorted = list.toSorted((a, b) => a - b);
  return `${median(list).toFixed(2)} s (${sorted.at(0).toFixed(2)} to ${sorted.at(-1).toFixed(2)})`;
}
