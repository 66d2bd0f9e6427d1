// Memory for ranking images and texts by their vectors, held in memory or on disk, each in a process of its own.
//
//   node bench/retrieval.js 25000 250000
import { spawnSync } from "node:child_process";
import { scoresGraph } from "../dist/compiler/index.js";
import { engines } from "../dist/runtime/engines/index.js";
import { block, ranksOf } from "../dist/runtime/evaluate/retrieval.js";
import { roomFor } from "../dist/runtime/evaluate/room-on-disk.js";
import { roomInMemory } from "../dist/runtime/evaluate/room.js";
import { stream } from "../dist/runtime/random.js";
import { float32 } from "../dist/runtime/tensor.js";

const width = 768;
const images = 5000;
const rooms = { memory: roomInMemory, disk: roomFor };

const [, , ...given] = process.argv;
if (given[0] in rooms) await measure(given[0], Number(given[1]));
else
  for (const texts of given.length > 0 ? given : ["25000", "250000"])
    for (const where of Object.keys(rooms))
      spawnSync(process.execPath, [import.meta.filename, where, texts], { stdio: "inherit" });

async function measure(where, texts) {
  const engine = await engines.ort({ threads: 2, backend: null });
  const executable = await engine.load(scoresGraph([block.images, block.texts], width));
  await score(engine, executable, new Float32Array(width), new Float32Array(width));
  const before = process.resourceUsage().maxRSS;
  const cpu = process.cpuUsage();
  const [image, text] = [side(where, images, texts / images), side(where, texts, images / texts)];
  const scorer = async (some, others) => ({
    scores: await score(engine, executable, image.read(some.from, some.count), text.read(others.from, others.count)),
    stride: block.texts,
  });
  const { image: ranks } = await ranksOf({ image, text }, scorer, { top: 0 });
  const { user, system } = process.cpuUsage(cpu);
  const grown = ((process.resourceUsage().maxRSS - before) / 1024).toFixed(0);
  console.log(
    `${images} × ${texts}, vectors in ${where}: ${grown} MiB more, ${((user + system) / 1e6).toFixed(1)} s of processor time, checksum ${ranks.places.reduce((sum, { better }) => sum + better, 0)}`,
  );
  engine.dispose();
}

/** Random vectors; row i matches the rows at the same relative position on the other side. */
function side(where, count, ratio) {
  const room = rooms[where](count, width);
  const random = stream(count, "vectors");
  for (let row = 0; row < count; row++) room.add(unit(random.fillUniform(new Float32Array(width))));
  const several = (row) => Array.from({ length: Math.max(1, ratio) }, (_, i) => Math.floor(row * ratio) + i);
  return { read: room.read, count, matches: Array.from({ length: count }, (_, row) => new Set(several(row))) };
}

function unit(vector) {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

async function score(engine, executable, a, b) {
  const [rows, columns] = [filled(block.images, a), filled(block.texts, b)];
  const handles = new Map([["images", engine.create(rows)], ["texts", engine.create(columns)]]); // prettier-ignore
  const results = await executable.run(handles);
  const [scores] = results.values();
  const { data } = await engine.read(scores);
  for (const handle of [...handles.values(), scores]) engine.release(handle);
  return data;
}

function filled(count, rows) {
  const all = new Float32Array(count * width);
  all.set(rows);
  return float32([count, width], all);
}
