// Differences between two run folders that a kill must not cause: tensors of every checkpoint, steps and evaluations in the
// log, leftovers of killed writes.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Prints the hashes of the first run's tensors; returns a sentence for each difference. */
export function differences(whole, killed) {
  const [wanted, got] = [tensorsOf(whole), tensorsOf(killed)];
  for (const [file, hash] of wanted) console.log(`    ${hash.slice(0, 16)}  ${file}`);
  const files = [...new Set([...wanted.keys(), ...got.keys()])];
  return [
    ...files.filter((file) => wanted.get(file) !== got.get(file)).map((file) => `${file} is not the same`),
    ...logDifferences(logOf(whole), logOf(killed)),
    ...filesOf(killed).filter((file) => /\.(tmp|old)-|\.lock$/.test(file)).map((file) => `${file} is left over`), // prettier-ignore
  ];
}

function filesOf(run) {
  const found = readdirSync(run, { recursive: true, withFileTypes: true });
  return found.map(({ parentPath, name }) => relative(run, join(parentPath, name))).sort();
}

/** SHA-256 of each tensor file by its path in the run: parameters and optimizer state. */
function tensorsOf(run) {
  const files = filesOf(run).filter((file) => file.endsWith(".safetensors"));
  return new Map(files.map((file) => [file, createHash("sha256").update(readFileSync(join(run, file))).digest("hex")])); // prettier-ignore
}

/** Steps with losses and evaluations with values, in log order. */
function logOf(run) {
  const entries = readFileSync(join(run, "metrics.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
  return entries.flatMap(({ kind, name, stage, step, loss, metrics }) =>
    kind === "step" || kind === "evaluation" ? [JSON.stringify({ kind, name, stage, step, loss, metrics })] : [],
  );
}

function logDifferences(wanted, got) {
  const at = wanted.findIndex((line, i) => line !== got[i]);
  if (at === -1 && wanted.length === got.length) return [];
  return [`the logs differ at entry ${at + 1}: ${wanted[at]} became ${got[at]}`];
}
