// The hash of every program of every shipped specification, in each form. A refactoring leaves them unchanged; inspect an
// intended change with `vlmo build --emit ir`, then record it with `npm run test:programs -- -u`.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import {
  buildAccumulate,
  buildEncode,
  buildForward,
  buildGradient,
  buildPool,
  buildStep,
  buildUpdate,
  buildVectors,
  readViews,
  dividesPool,
  encodeModel,
  lower,
  print,
  targets,
  writeOnnx,
  writeTorch,
  type Graph,
  type StageSpec,
} from "../../compiler/index.js";
import { isLong } from "../support/long.js";
import { specOf } from "../support/specs.js";

/** Compiled in `npm test`; all others take minutes. */
const quick = ["specs/parity.vlmo", "specs/quickstart.vlmo"];
const all = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => `specs/${name}`)
  .toSorted();
const files = isLong ? all : quick;

const sizes = { batch: 4, capacity: new Map<string, number>() };
const trains = { gradient: buildGradient, step: buildStep, update: buildUpdate, accumulate: buildAccumulate };

const forms = {
  ir: (graph) => print(graph, { origins: false }),
  onnx: (graph) => encodeModel(writeOnnx(lower(graph, targets.onnx))),
  torch: (graph) => writeTorch(lower(graph, targets.torch)),
} satisfies Record<string, (graph: Graph) => string | Uint8Array>;

function hash(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

function rowsOf(stage: StageSpec): string[] {
  const made = Object.entries({
    ...(readViews(stage).length > 0 && { encode: buildEncode }),
    forward: buildForward,
    ...(stage.trained.size > 0 && trains),
    ...(dividesPool(stage) && { vectors: buildVectors, pool: buildPool }),
  });
  return made.map(([name, build]) => {
    const { graph } = build(stage, sizes);
    const hashes = Object.entries(forms).map(([form, write]) => `${form} ${hash(write(graph))}`);
    return `${stage.name} ${name} ${hashes.join(" ")}`;
  });
}

test.each(files)("%s compiles to the same programs", { timeout: 600_000 }, async (file) => {
  const stages = [...specOf(file).stages.values()].filter((stage) => stage.span.file.path === file);
  const rows = stages.flatMap(rowsOf);
  const golden = `../fixtures/programs/${file.replace(/^specs\//, "").replaceAll("/", ".")}.txt`;
  await expect(`${rows.join("\n")}\n`).toMatchFileSnapshot(golden);
});
