// Paths that are not vlmo checkpoints: what they are instead, and how to convert them.
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { openTensors } from "../formats/tensor-file.js";
import { quoted } from "../printable.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { tensorsFound } from "./contents.js";
import { atMost } from "./grouped.js";
import type { Layout } from "./layouts/index.js";
import { manifestFile } from "./manifest.js";
import { namesIn } from "./replace.js";

/** The sentence on how to convert a file into a vlmo checkpoint. */
export function importAdvice(path: string, layout: Layout["name"] | undefined): string {
  const named = layout === undefined ? "" : ` --layout ${layout}`;
  return `first \`vlmo import ${path} --spec FILE --stage NAME${named} --out imported\`, then name \`imported\``;
}

/** V927 with what `path` is instead; `missing` (also V927) if nothing is known. Throws what reading a file throws. */
export async function notACheckpoint(path: string, missing: VlmoError): Promise<VlmoError> {
  const status = await stat(path).catch(() => null);
  if (status === null) return missing;
  const ofRun = status.isDirectory() ? await namesIn(join(path, "checkpoints")) : [];
  const last = ofRun.at(-1);
  if (last !== undefined) {
    const reason = `it is a run, whose checkpoints are ${atMost(ofRun, 5).join(", ")}`;
    return vlmoError(
      "V927",
      { file: path, reason },
      { help: `name one of them, such as ${join(path, "checkpoints", last)}` },
    );
  }
  const runs = status.isDirectory() ? await runsIn(path) : [];
  const [run] = runs;
  if (run !== undefined) {
    const reason = `it is a folder of runs: ${atMost(runs, 5).join(", ")}`;
    return vlmoError("V927", { file: path, reason }, { help: `name one of them, such as ${join(path, run)}` });
  }
  // Of a folder of anything else nothing more is known; what a file is instead is reported by opening it.
  const found = await openTensors(path).catch((error: unknown) => {
    if (status.isDirectory()) return null;
    throw error;
  });
  if (found === null) return missing;
  try {
    const { guess } = await tensorsFound(found);
    const whose = guess === null ? "a file of tensors" : `a file of tensors with ${guess.whose} names`;
    const where = status.isDirectory()
      ? `the folder has no ${manifestFile}, but ${quoted(basename(found.path))}, `
      : "it is ";
    const reason = `${where}${whose}${guess === null ? "" : ` (layout \`${guess.layout}\`)`}`;
    return vlmoError("V927", { file: path, reason }, { help: importAdvice(path, guess?.layout) });
  } finally {
    await found.close();
  }
}

/** Names of the folders in `path` that hold checkpoints, e.g. the runs of a sweep. */
async function runsIn(path: string): Promise<string[]> {
  const names = await namesIn(path);
  const held = await Promise.all(names.map((name) => namesIn(join(path, name, "checkpoints"))));
  return names.filter((_, i) => (held[i]?.length ?? 0) > 0);
}
