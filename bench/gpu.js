// `npm run bench:gpu`: what a CUDA machine with PyTorch makes of the pair stage, in less than eight minutes. One part after the
// other, the most wanted first, each with a limit; after each the file of results is written, and at the end it says what was left
// out for want of time.
//
//   npm run bench:gpu -- [--seconds 460] [--out gpu.json] [--small] [--device cuda|cpu] [--base-batch 128] [--large-batch 64]
//
// `--small` is a tiny model on the processor: it shows that the script works where there is no GPU, with three times the limits. VLMO_PYTHON names a Python
// that has PyTorch. The share of peak is that of the products in the graph: what is computed once is counted once.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { parametersOf } from "../dist/compiler/index.js";
import { devices } from "../dist/compiler/plan/devices.js";
import { engines } from "../dist/runtime/engines/index.js";
import { compiledFolder, pythonCommand } from "../dist/runtime/python.js";
import { nothingHanded, startParameters } from "../dist/runtime/train/initialize.js";
import { Learner } from "../dist/runtime/train/learner.js";
import { generator, randomBatch } from "./batch.js";
import { writePairs } from "./jpegs.js";
import { median } from "./median.js";
import { settingsOf, stageOf, writePrograms } from "./torch-programs.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "460" },
    out: { type: "string", default: "gpu.json" },
    small: { type: "boolean", default: false },
    device: { type: "string" },
    "base-batch": { type: "string", default: "128" },
    "large-batch": { type: "string", default: "64" },
  },
});
const device = values.device ?? (values.small ? "cpu" : "cuda");
const tiny = { width: 32, layers: 2, heads: 2, image: 32, text: 16, batch: 8, top: 1, vocabulary: 1000 };
const base = values.small
  ? tiny
  : { width: 768, layers: 12, heads: 12, image: 224, text: 40, batch: Number(values["base-batch"]), top: 2 };
const large = values.small
  ? { ...tiny, layers: 3 }
  : { width: 1024, layers: 24, heads: 16, image: 224, text: 40, batch: Number(values["large-batch"]), top: 3 };
const run = promisify(execFile);
/** Of the part under way. */
const limits = { seconds: 0 };
const began = performance.now();
const left = () => Number(values.seconds) - (performance.now() - began) / 1000;
const folder = mkdtempSync(join(tmpdir(), "vlmo-gpu-"));
const results = { device, small: values.small, parts: {}, left_out: {} };

try {
  await part("peak", 40, peak);
  await part("agreement", 60, agreement);
  await part("Base, recorded", 90, () => steps(base, { recorded: true }));
  await part("training on JPEG files", 120, training);
  await part("Base, compiled and recorded", 240, () => steps(base, { recorded: true, compiled: true }));
  await part("Large, recorded", 90, () => steps(large, { recorded: true }));
  await part("Base, operation by operation", 60, () => steps(base, {}));
  await part("Large, compiled and recorded", 240, () => steps(large, { recorded: true, compiled: true }));
} finally {
  rmSync(folder, { recursive: true });
}
for (const [name, why] of Object.entries(results.left_out)) console.log(`left out: ${name}: ${why}`);

/** Runs a part where there is time for it; what it gives is told and kept. */
async function part(name, limit, work) {
  limits.seconds = Math.floor(Math.min(values.small ? 3 * limit : limit, left() - 5));
  if (limits.seconds < 10) results.left_out[name] = "no time was left";
  else {
    const start = performance.now();
    try {
      const { text, ...numbers } = await work();
      const seconds = (performance.now() - start) / 1000;
      results.parts[name] = { ...numbers, seconds };
      console.log(`${name} (${seconds.toFixed(0)} s): ${text}`);
    } catch (error) {
      const lines = String(error.stderr ?? "")
        .trim()
        .split("\n");
      results.left_out[name] = error.killed ? `not done in ${limits.seconds} s` : lines.at(-1) || error.message;
    }
  }
  writeFileSync(values.out, `${JSON.stringify(results, null, 2)}\n`);
}

/** PyTorch's largest product in bfloat16, and the data sheet's where the device is known. */
async function peak() {
  const size = values.small ? 512 : 8192;
  const code = `
import json, time, torch
d = torch.device("${device}")
wait = torch.cuda.synchronize if d.type == "cuda" else (lambda: None)
a, b = (torch.randn(${size}, ${size}, device=d, dtype=torch.bfloat16) for _ in range(2))
for _ in range(3): a @ b
best = 1e9
for _ in range(10):
    wait(); t = time.perf_counter(); a @ b; wait(); best = min(best, time.perf_counter() - t)
name = torch.cuda.get_device_name(d) if d.type == "cuda" else "processor"
print(json.dumps(dict(name=name, torch=torch.__version__, measured=2 * ${size}**3 / best)))`;
  const found = JSON.parse((await python(["-c", code])).stdout);
  const sheet = Object.entries(devices).find(([name]) => found.name.toLowerCase().includes(name))?.[1].peak.bfloat16;
  results.peak = sheet ?? found.measured;
  const known = sheet ? `, ${tera(sheet)} by its data sheet` : "";
  return {
    ...found,
    sheet,
    text: `${found.name}, PyTorch ${found.torch}: ${tera(found.measured)} measured in bfloat16${known}`,
  };
}

/** Losses of a first step beside the reference engine's in float64, in both precisions. */
async function agreement() {
  const stage = stageOf(tiny);
  const batch = randomBatch(stage, stage.micro, generator(1));
  const lossOf = async (engine) => {
    const { parameters } = await startParameters(stage, parametersOf(stage.model, stage.heads), nothingHanded);
    const learner = new Learner(engine, stage, { parameters, state: null });
    const { losses } = await learner.step(batch, { step: 0, lr: 1e-4 });
    learner.dispose();
    engine.dispose();
    return losses.get("total");
  };
  const wanted = await lossOf(await engines.reference({ threads: 1, backend: null }));
  const apart = {};
  for (const precision of ["float32", "bfloat16"]) {
    const loss = await lossOf(await engines.torch({ threads: 2, backend: device, precision }));
    apart[precision] = Math.abs(loss / wanted - 1);
  }
  const told = Object.entries(apart).map(([precision, share]) => `${precision} ${share.toExponential(1)}`);
  return { apart, text: `a first loss apart from the reference's by ${told.join(", ")} of it` };
}

/** Ours and the rival's step in turns, in bfloat16; half the batch where the device has no room for it. */
async function steps(size, { recorded = false, compiled = false }) {
  const ways = [["bfloat16", compiled]];
  const { programs, flops } = writePrograms(size, ways, folder);
  const { batch, vocabulary: vocab = 30522, ...others } = size;
  const rival = Object.entries({ ...others, batch, vocab }).flatMap(([key, value]) => [`--${key}`, String(value)]); // prettier-ignore
  const rounds = values.small ? 3 : 10;
  const options = {
    ways,
    programs,
    rival,
    rounds,
    threads: 2,
    device,
    peer: "bench/peer_vlmo_step.py",
    recorded: recorded && device === "cuda",
  };
  try {
    const { stdout } = await python(["bench/torch_steps.py", JSON.stringify(options)]);
    const { first, pairs, memory } = JSON.parse(stdout.trim().split("\n").at(-1));
    const sides = ["ours", "rival"].map((who, i) => {
      const seconds = median(pairs.map((pair) => pair[i].clock));
      const rate = batch / seconds;
      const share = flops / seconds / results.peak;
      const numbers = { seconds, pairs_per_second: rate, share_of_peak: share, bytes: memory[i] };
      return [who, numbers, `${who} ${rate.toFixed(1)} pairs/s (${(100 * share).toFixed(1)}% of peak, ${(memory[i] / 1e9).toFixed(1)} GB)`]; // prettier-ignore
    });
    const ratio = sides[0][1].pairs_per_second / sides[1][1].pairs_per_second;
    const told = sides.map(([, , line]) => line).join(", ");
    return {
      ...{ size, flops, first, ratio, ...Object.fromEntries(sides.map(([who, numbers]) => [who, numbers])) },
      text: `batch ${batch}: ${told}, ratio ${ratio.toFixed(2)}; first step ${first.clock.toFixed(0)} s`,
    };
  } catch (error) {
    if (!/out of memory/i.test(error.stderr ?? "") || batch < 8) throw error;
    return steps({ ...size, batch: batch / 2 }, { recorded, compiled });
  }
}

/** `vlmo train` on pictures in files: the rate, and the share of the time in which the engine waited for them. */
async function training() {
  const count = values.small ? 32 : 512;
  const steps = values.small ? 8 : 40;
  await writePairs(
    join(folder, "pictures"),
    values.small ? { count, width: 160, height: 120 } : { count, width: 640, height: 480 },
  );
  const spec = join(folder, "pairs.vlmo");
  const data = `data world: pairs { format: jsonl, records: "pictures/records.jsonl", images: "pictures" }`;
  writeFileSync(spec, readFileSync("specs/bench-pair.vlmo", "utf8").replace(/^data world.*$/m, data));
  const batch = Math.min(base.batch, count / 2);
  const set = [...settingsOf({ ...base, batch, vocabulary: 1000 }), `pair.steps=${steps}`, "pair.augment=[resized_crop(50%..100%), flip, rand_augment(2, 7)]"]; // prettier-ignore
  const out = join(folder, "run");
  await run(
    process.execPath,
    ["dist/bundle/main.js", "train", spec, "--engine", "torch", "--backend", device, "--precision", "bfloat16", "--quiet", "--out", out, ...set.flatMap((each) => ["--set", each])], // prettier-ignore
    { timeout: limits.seconds * 1000 },
  );
  const lines = readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  // The first steps load the program, record it, and decode what was not decoded ahead.
  const later = lines.filter(({ kind, step }) => kind === "step" && step > steps / 4);
  const [first, last] = [later[0].seconds, later.at(-1).seconds];
  const rate = (batch * (later.length - 1)) / (last - first);
  const wait = later.slice(1).reduce((sum, line) => sum + line.data_seconds, 0) / (last - first);
  return {
    ...{ batch, steps, pairs_per_second: rate, data_wait: wait },
    text: `batch ${batch}: ${rate.toFixed(1)} pairs/s, ${(100 * wait).toFixed(1)}% of the time waiting for data`,
  };
}

function python(words) {
  const env = { ...process.env, TORCHINDUCTOR_CACHE_DIR: compiledFolder() };
  return run(pythonCommand(), words, { env, timeout: limits.seconds * 1000, maxBuffer: 2 ** 26 });
}

function tera(operations) {
  return `${(operations / 1e12).toPrecision(3)} TFLOP/s`;
}
