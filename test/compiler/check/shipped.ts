// The shipped specs, by their paths in the folder `specs`.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkSpec, type CheckResult } from "../../../compiler/check.js";
import type { StageSpec } from "../../../compiler/index.js";
import { stageOf } from "./check.js";

/** The folder of the shipped specs. */
export const folder = path.join(import.meta.dirname, "../../../specs");

/** Paths of all shipped specs relative to `specs`, such as `finetune/vqa.vlmo`. */
export const shipped = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".vlmo"))
  .sort();

const checked = new Map<string, CheckResult>();

/** The checked spec of a path; each file is checked once. */
export function checkShipped(name: string, set: readonly string[] = []): CheckResult {
  const key = [name, ...set].join(" ");
  const result = checked.get(key) ?? checkNow(name, set);
  checked.set(key, result);
  return result;
}

function checkNow(name: string, set: readonly string[]): CheckResult {
  return checkSpec(name, {
    read: (file) => (shipped.includes(file) ? readFileSync(path.join(folder, file), "utf8") : null),
    resolvePath: (from, to) => path.posix.join(path.posix.dirname(from), to),
    set: set.map((text) => ({ text })),
  });
}

/** A stage of a shipped spec. */
export function shippedStage(file: string, stage: string, set: readonly string[] = []): StageSpec {
  const { spec } = checkShipped(file, set);
  if (spec === null) throw new Error(`${file} has mistakes`);
  return stageOf(spec, stage);
}
