// `npm run bench:precision`: how far the losses of a bfloat16 training are from those in float32, step by step, from the same
// weights on the same batches.
//
//   npm run bench:precision -- [--spec specs/quickstart.vlmo] [--stages vision,labels,language,align] [--threads 2]
//
// Each stage is trained in both precisions on PyTorch (VLMO_PYTHON names a Python that has it). Prints, for every interval of
// steps, the mean loss in float32 and the mean and largest difference.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    spec: { type: "string", default: "specs/quickstart.vlmo" },
    stages: { type: "string", default: "vision,labels,language,align" },
    threads: { type: "string", default: "2" },
  },
});
const stretch = 50;

const folder = mkdtempSync(join(tmpdir(), "vlmo-precision-"));
try {
  const losses = { float32: train("float32"), bfloat16: train("bfloat16") };
  for (const stage of values.stages.split(",")) {
    const [exact, rounded] = [losses.float32.get(stage), losses.bfloat16.get(stage)];
    for (let from = 0; from < exact.length; from += stretch) {
      const part = exact.slice(from, from + stretch);
      const differences = part.map((loss, i) => rounded[from + i] - loss);
      console.log(
        `${stage} steps ${from + 1}..${from + part.length}: loss ${mean(part).toFixed(4)} in float32, in bfloat16 ` +
          `${signed(mean(differences))} on average (${percent(mean(differences) / mean(part))}), ` +
          `${Math.max(...differences.map(Math.abs)).toFixed(4)} at most`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Total losses of every step, by stage. */
function train(precision) {
  const out = join(folder, precision);
  const ways = ["--engine", "torch", "--backend", "cpu", "--threads", values.threads, "--precision", precision];
  for (const stage of values.stages.split(",")) {
    execFileSync(
      process.execPath,
      ["dist/bundle/main.js", "train", values.spec, "--stage", stage, "--out", out, "--resume", ...ways],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
  }
  const lines = readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n");
  const steps = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "step");
  return new Map(
    values.stages
      .split(",")
      .map((name) => [name, steps.filter(({ stage }) => stage === name).map(({ loss }) => loss.total)]),
  );
}

function mean(numbers) {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function signed(value) {
  return `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
}

function percent(share) {
  return `${(share * 100).toFixed(2)}%`;
}
