// The pair-stage step of specs/bench-pair.vlmo as PyTorch programs, for timing against the hand-written one.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildStep, checkSpec, lower, torchWith, writeTorch } from "../dist/compiler/index.js";
import { graphFlops } from "../dist/compiler/passes/graph-flops.js";
import { sizesOf } from "../dist/runtime/program/sizes.js";
import { generator, randomBatch } from "./batch.js";

/** Settings of specs/bench-pair.vlmo from the PyTorch program's names. */
export function settingsOf({ width, layers, heads, image, text, batch, top = 2, vocabulary = 30522 }) {
  return [`width=${width}`, `layers=${layers}`, `heads=${heads}`, `image_size=${image}px`, `text_length=${text}`, `batch=${batch}`, `top=${top}`, `vocabulary=${vocabulary}`]; // prettier-ignore
}

/** The checked pair stage of a size. */
export function stageOf(size) {
  const { spec } = checkSpec("specs/bench-pair.vlmo", {
    read: (path) => readFileSync(path, "utf8"),
    resolvePath: (from, to) => new URL(to, `file:///${from}`).pathname.slice(1),
    set: settingsOf(size).map((text) => ({ text })),
  });
  return spec.stages.get("pair");
}

/** The attention kernel that the engine finds on each device. */
export const attentionOn = { cpu: "flash", cuda: "efficient" };

/**
 * Writes the step's programs into a folder, by precision and whether split into parts, for an attention kernel (null: single
 * operations only); returns the operations of its products.
 */
export function writePrograms(size, ways, folder, attention) {
  const stage = stageOf(size);
  const sizes = { ...sizesOf(stage, randomBatch(stage, stage.micro, generator(1))), pixels: "uint8" };
  const { graph } = buildStep(stage, sizes);
  const programs = ways.map(([precision, parts]) => {
    const name = `${precision}${parts ? " parts" : ""}`;
    const path = join(folder, `${name}.py`);
    const lowered = lower(graph, torchWith(attention, precision), precision);
    writeFileSync(path, writeTorch(lowered, { parts, attention }));
    return [name, path];
  });
  return { programs: Object.fromEntries(programs), flops: graphFlops(graph) };
}
