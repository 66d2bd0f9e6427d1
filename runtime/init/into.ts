// A specification for the data in a folder, written into a file.
import { existsSync } from "node:fs";
import path from "node:path";
import type { DataKind } from "../data/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { writeTextAtomically } from "../formats/atomic.js";
import { disk, entryPath } from "../specs/disk.js";
import { writeSpecification, type Written } from "./init.js";
import { trainingSpeed } from "./speed.js";

/** The folder, and where the specification is written. */
export interface InitInto {
  readonly folder: string;
  /** Null: the folder's name with `.vlmo`, in the working folder. */
  readonly out: string | null;
  readonly kind: DataKind | null;
  /** The folder of a checkpoint to initialise from; null for a new model. */
  readonly from: string | null;
  /** Minutes that training may take on this machine. */
  readonly minutes: number;
}

/** Writes the specification. Throws V900 where the file exists, V923, and the errors of `writeSpecification`. */
export async function initInto({
  folder,
  out,
  minutes,
  ...asked
}: InitInto): Promise<Written & { readonly file: string }> {
  const file = entryPath(out ?? `${path.basename(path.resolve(folder))}.vlmo`);
  if (existsSync(file)) throw vlmoError("V900", { file });
  const options = { ...asked, folder, out: file, seconds: minutes * 60, speed: trainingSpeed, access: disk };
  const written = await writeSpecification(options);
  await writeTextAtomically(file, written.text);
  return { ...written, file };
}
