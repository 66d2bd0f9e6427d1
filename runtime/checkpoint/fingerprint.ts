// What tells trained models apart, wherever their checkpoints lie and whenever they were written.
import { createHash } from "node:crypto";
import { tensorFiles } from "./folder.js";
import type { Manifest } from "./manifest.js";
import { vocabularyFile } from "./vocabulary.js";

/** SHA-256 of what a model is: its parameters, its vocabulary and what its stage means. */
export function fingerprintOf({ files, spec }: Pick<Manifest, "files" | "spec">): string {
  const parts = [tensorFiles.parameters, vocabularyFile].map((name) => files[name]?.sha256 ?? null);
  return createHash("sha256")
    .update(JSON.stringify([...parts, spec.hash]))
    .digest("hex");
}
