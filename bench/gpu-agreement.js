// A tiny pair stage's gradient program for PyTorch, its inputs, and the results of the reference engine in float64: for
// float32, and with the program's own rounding for bfloat16.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildGradient, lower, parametersOf, torchWith, writeTorch } from "../dist/compiler/index.js";
import { engines } from "../dist/runtime/engines/index.js";
import { writeSafetensors } from "../dist/runtime/formats/safetensors.js";
import { feed } from "../dist/runtime/program/feed.js";
import { createAll, readAll } from "../dist/runtime/program/results.js";
import { sizesOf } from "../dist/runtime/program/sizes.js";
import { nothingHanded, startParameters } from "../dist/runtime/train/initialize.js";
import { generator, randomBatch } from "./batch.js";
import { stageOf } from "./torch-programs.js";

/**
 * Writes `NAME.py`, `NAME.inputs.safetensors` and `NAME.results.safetensors` for each precision, with attention by the fused
 * kernel and by single operations.
 */
export async function writeAgreement(size, folder, kernel) {
  mkdirSync(folder, { recursive: true });
  const stage = stageOf(size);
  const microBatch = randomBatch(stage, stage.micro, generator(1));
  const program = buildGradient(stage, sizesOf(stage, microBatch));
  const { parameters } = await startParameters(stage, parametersOf(stage.model, stage.heads), nothingHanded);
  const noise = { seed: stage.seed, labels: ["noise", stage.name, 0], numbers: microBatch.numbers };
  const fed = feed(program, { batch: microBatch.tensors, items: microBatch.items, scalars: new Map(), noise });
  const inputs = new Map([...(await parameters), ...fed.tensors]);
  await writeSafetensors(join(folder, "inputs.safetensors"), inputs);
  for (const precision of ["float32", "bfloat16"]) {
    for (const [kind, attention] of [
      ["kernel", kernel],
      ["operations", null],
    ]) {
      // prettier-ignore
      const lowered = lower(program.graph, torchWith(attention, precision), precision);
      writeFileSync(join(folder, `${precision}.${kind}.py`), writeTorch(lowered, { attention }));
      const wanted = await byReference(precision === "float32" ? program.graph : lowered, inputs);
      await writeSafetensors(join(folder, `${precision}.${kind}.safetensors`), wanted);
    }
  }
}

async function byReference(graph, inputs) {
  const engine = await engines.reference({ threads: 1, backend: null });
  const names = new Set(graph.inputs.map(({ name }) => name));
  const given = createAll(engine, new Map([...inputs].filter(([name]) => names.has(name))));
  return readAll(engine, await (await engine.load(graph)).run(given));
}
