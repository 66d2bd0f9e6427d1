// `npm run bench:data`: images per second of decoding and augmentation, by file size and number of threads, and bytes per
// second between Node and Python through the pipe and through shared memory.
//
//   npm run bench:data -- [--images 96] [--threads 0,1,2] [--seconds 4]
//
// An image is read from its file, decoded, cropped, flipped, augmented (RandAugment) and written as bytes of 224 × 224 pixels,
// as in the stage `fusion` of specs/vlmo-base.vlmo. Processor time is that of all threads.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { checkSpec } from "../dist/compiler/index.js";
import { openImages } from "../dist/runtime/data/index.js";
import { startWorker } from "../dist/runtime/engines/torch/worker.js";
import { writePairs } from "./jpegs.js";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "96" },
    threads: { type: "string", default: "0,1,2" },
    seconds: { type: "string", default: "4" },
  },
});
const wanted = 3000;
const rounds = 40;
const [images, seconds] = [Number(values.images), Number(values.seconds)];
const files = [
  { width: 320, height: 240 },
  { width: 500, height: 375 },
  { width: 640, height: 480 },
  { width: 1024, height: 768 },
];
const ways = { "whole image": "[]", augmented: "[resized_crop(50%..100%), flip, rand_augment(2, 7)]" };

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores; load ${loadavg()[0]?.toFixed(1)}`,
);
// One libvips thread per image: the numbers are per core.
sharp.concurrency(1);
const folder = mkdtempSync(join(tmpdir(), "vlmo-data-"));
try {
  for (const size of files) await measure(size);
  await transfers();
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(size) {
  const at = join(folder, `${size.width}`);
  const bytes = await writePairs(at, { count: images, ...size });
  console.log(`\nJPEG of ${size.width} × ${size.height}, ${(bytes / 1024).toFixed(0)} KiB`);
  for (const [way, augment] of Object.entries(ways)) {
    for (const threads of values.threads.split(",").map(Number)) {
      const { rate, processor } = await rateOf(at, stepsOf(augment), threads);
      const core = 1 / processor;
      console.log(
        `  ${way}, ${threads === 0 ? "no thread of its own" : `${threads} threads`}: ${rate.toFixed(0)} images/s, ${(processor * 1000).toFixed(2)} ms of processor each: ` +
          `${core.toFixed(0)} a core, ${Math.ceil(wanted / core)} cores for ${wanted.toLocaleString("en")}/s`,
      );
    }
  }
}

/** Images per second. Each load has a new cache key, so that the image is decoded. */
async function rateOf(at, steps, threads) {
  const loader = openImages(threads);
  const target = new Uint8Array(new SharedArrayBuffer(3 * 224 * 224));
  let next = 0;
  const load = async (end) => {
    while (performance.now() < end) {
      const i = next++;
      const path = join(at, `${i % images}.jpg`);
      const source = { kind: "file", key: `${path} ${i}`, path, place: { file: path } };
      await loader.loadInto(target, { source, size: 224, channels: 3, augment: { steps, random: [1, "bench", i] } });
    }
  };
  const both = async (duration) => {
    const end = performance.now() + duration;
    await Promise.all(Array.from({ length: Math.max(2, 2 * threads) }, () => load(end)));
  };
  await both(300);
  next = 0;
  const [start, before] = [performance.now(), process.cpuUsage()];
  await both(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  const elapsed = (performance.now() - start) / 1000;
  await loader.close();
  return { rate: next / elapsed, processor: (user + system) / 1e6 / next };
}

function stepsOf(augment) {
  const text = `vlmo 1\nmodel M { layers: 1, width: 8, attention { heads: 1 }, image { size: 224px, patch: 16px }, experts { image: ffn(image) on all } }
data d: images { format: shapes }
head h: masked_patches(image.patches) { mask: random(40%), targets: pixels }
stage s { model: M, data: d, learn: h, batch: 4, steps: 1, optimizer: adamw(lr: 1e-3), augment: ${augment} }\n`;
  const { spec, diagnostics } = checkSpec("d.vlmo", { read: () => text, resolvePath: (_, to) => to });
  if (spec === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return spec.stages.get("s").augment;
}

/** Sends a batch of 64 images of 224 pixels from Node to a PyTorch tensor, and a tensor of that size back. */
async function transfers() {
  console.log("\nbetween Node and Python, 64 images of 224 × 224");
  for (const way of ["pipe", "shared memory"]) {
    const worker = await openWorker(way);
    if (worker === null) return;
    for (const [dtype, width] of [
      ["uint8", 1],
      ["float32", 4],
    ]) {
      // prettier-ignore
      const shape = [64, 3, 224, 224];
      const body = new Uint8Array(64 * 3 * 224 * 224 * width).fill(1);
      await worker.ask("create", { id: 1, dtype, shape }, { body });
      const told = [];
      for (const [name, bodies] of Object.entries({ write: { body }, read: { expected: body.length } })) {
        const times = [];
        const before = used();
        for (let i = 0; i < rounds; i++) {
          const start = performance.now();
          await worker.ask(name, { id: 1, dtype, shape }, bodies);
          times.push(performance.now() - start);
        }
        // The machine may be busy: the least wall time is reported, and the processor time of both.
        const processor = (1000 * (used() - before)) / rounds;
        told.push(`${name} ${Math.min(...times).toFixed(1)} ms at least, ${processor.toFixed(1)} ms of processor`);
      }
      console.log(`  ${way}, ${dtype}, ${(body.length / 1e6).toFixed(1)} MB: ${told.join("; ")}`);
    }
    worker.close();
  }
}

/** Processor seconds of this process and its children so far. */
function used() {
  const { user, system } = process.cpuUsage();
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
  const ticks = children.map((child) => {
    const fields = readFileSync(`/proc/${child}/stat`, "utf8").split(") ")[1].split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return (user + system) / 1e6 + ticks.reduce((a, b) => a + b, 0) / 100;
}

async function openWorker(way) {
  try {
    return await startWorker("cpu", { threads: 1, precision: "float32", shares: false, compile: false, compiling: () => undefined, memory: way === "shared memory" }); // prettier-ignore
  } catch (error) {
    console.log(`  left out: ${error.message}`);
    return null;
  }
}
