// Checks specs given as strings; the example's data file can always be imported.
import path from "node:path";
import { exampleFiles } from "../../../compiler/codes/example.js";
import { checkSpec, type CheckResult } from "../../../compiler/check.js";
import type { ModelSpec, Spec, StageSpec } from "../../../compiler/index.js";

/** Checks `files["main.vlmo"]`, or a single text, with `--set` options. */
export function check(files: string | Readonly<Record<string, string>>, set: readonly string[] = []): CheckResult {
  const given: Readonly<Record<string, string>> = typeof files === "string" ? { "main.vlmo": files } : files;
  const all: Readonly<Record<string, string>> = { ...exampleFiles, "example.vlmo": "vlmo 1\n", ...given };
  return checkSpec(Object.keys(given)[0] ?? "main.vlmo", {
    read: (file) => all[file] ?? null,
    resolvePath: (from, to) => path.posix.join(path.posix.dirname(from), to),
    set: set.map((text) => ({ text })),
  });
}

/** The specification of a text, which must have no errors. */
export function specOf(files: string | Readonly<Record<string, string>>, set: readonly string[] = []): Spec {
  const { spec, diagnostics } = check(files, set);
  if (spec === null) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return spec;
}

export function modelOf(spec: Spec, name: string): ModelSpec {
  const model = spec.models.get(name);
  if (model === undefined) throw new Error(`no model ${name}`);
  return model;
}

export function stageOf(spec: Spec, name: string): StageSpec {
  const stage = spec.stages.get(name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  return stage;
}

export const codesOf = (result: CheckResult): string[] => result.diagnostics.map(({ code }) => code);
