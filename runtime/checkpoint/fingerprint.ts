// Identifies a trained model, wherever its checkpoint is and whenever it was written.
import { createHash } from "node:crypto";
import { tensorFiles } from "./folder.js";
import type { Manifest } from "./manifest.js";
import { vocabularyFile } from "./vocabulary.js";

/** SHA-256 of a model: its parameters, its vocabulary and the meaning of its stage. */
export function fingerprintOf({ files, spec }: Pick<Manifest, "files" | "spec">): string {
  const parts = [tensorFiles.parameters, vocabularyFile].map((name) => files[name]?.sha256 ?? null);
  return createHash("sha256")
    .update(JSON.stringify([...parts, spec.hash]))
    .digest("hex");
}
