// Checked specs from disk, for tests of later phases.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { checkSpec, type Spec, type StageSpec } from "../../compiler/index.js";
import { renderAll } from "../../grammar/index.js";

/** The checked spec of a file without errors. */
export function specOf(file: string, set: readonly string[] = []): Spec {
  const { spec, diagnostics } = checkSpec(file, {
    read: (path) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return null;
      }
    },
    resolvePath: (from, to) => posix.join(posix.dirname(from), to),
    set: set.map((text) => ({ text })),
  });
  if (spec === null) throw new Error(`${file} does not check:\n${renderAll(diagnostics)}`);
  return spec;
}

/** The checked spec of a text without errors. */
export function specIn(text: string, set: readonly string[] = []): Spec {
  const { spec, diagnostics } = checkSpec("given.vlmo", {
    read: () => text,
    resolvePath: (_, to) => to,
    set: set.map((each) => ({ text: each })),
  });
  if (spec === null) throw new Error(renderAll(diagnostics));
  return spec;
}

export function stageOf(spec: Spec, name: string): StageSpec {
  const stage = spec.stages.get(name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  return stage;
}
