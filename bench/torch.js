// `npm run bench:torch`: our pair-stage step on PyTorch beside a careful PyTorch program of the same step, in each precision, both
// eager or both compiled, alternating on this machine.
//
//   npm run bench:torch -- [--rounds 3] [--steps 6] [--threads 2] [--device cpu|cuda] [--only "bfloat16 eager"] [--size small|wide]
//
// Prints the median step of both and their ratio, and how long compiling took. VLMO_PYTHON names a Python that has PyTorch.
import { execFile } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { parseArgs, promisify } from "node:util";
import { pythonCommand } from "../dist/runtime/python.js";
import { median } from "./median.js";

const run = promisify(execFile);
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "6" },
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
const python = pythonCommand();
const [rounds, steps, threads] = [Number(values.rounds), Number(values.steps), Number(values.threads)];

const ways = ["float32", "bfloat16"]
  .flatMap((precision) => [false, true].map((compile) => ({ precision, compile, own: [], theirs: [] })))
  .map((way) => ({ ...way, title: `${way.precision} ${way.compile ? "compiled" : "eager"}` }))
  .filter(({ title }) => values.only === undefined || values.only === title);

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${threads} threads on ${values.device}; ${JSON.stringify(size)}`,
);
const load = loadavg()[0] ?? 0;
if (load > 0.5) console.log(`note: the machine is busy (load ${load.toFixed(1)}); only the ratios say something`);
for (let round = 0; round < rounds; round++) {
  for (const way of ways) {
    way.own.push(await ours(way));
    way.theirs.push(await peer(way));
  }
}
for (const { title, own, theirs } of ways) {
  const [mine, rival] = [own, theirs].map((results) => median(results.map(({ seconds }) => seconds)));
  console.log(
    `${title}: ours ${milliseconds(mine)}, rival ${milliseconds(rival)}, ${(rival / mine).toFixed(2)} times as fast ` +
      `(rounds ${own.map(({ seconds }, i) => (theirs[i].seconds / seconds).toFixed(2)).join(", ")}); ` +
      `our first steps took ${own.map(({ first }) => `${first.toFixed(1)} s`).join(", ")}`,
  );
}

async function ours({ precision, compile }) {
  const set = [
    `width=${size.width}`,
    `layers=${size.layers}`,
    `heads=${size.heads}`,
    `image_size=${size.image}px`,
    `text_length=${size.text}`,
    `batch=${size.batch}`,
  ];
  const engine = { name: "torch", backend: values.device, precision, compile };
  const { times, first } = JSON.parse(
    (await run(process.execPath, ["bench/ours.js", JSON.stringify({ set, steps, threads, engine })])).stdout,
  );
  return { seconds: median(times) / 1000, first: first / 1000 };
}

async function peer({ precision, compile }) {
  const numbers = Object.entries({ ...size, steps, threads }).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const flags = [...(precision === "bfloat16" ? ["--bf16"] : []), ...(compile ? ["--compile"] : [])];
  const { stdout } = await run(python, ["bench/peer_vlmo_step.py", ...numbers, "--device", values.device, ...flags]);
  return { seconds: JSON.parse(stdout).median_s };
}

function milliseconds(value) {
  return `${(value * 1000).toFixed(0)} ms`;
}
