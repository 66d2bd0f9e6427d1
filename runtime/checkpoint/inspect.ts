// Recognises what a path with weights is: a run, a vlmo checkpoint, or a foreign file. Reads headers, and values only on
// request.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fullName, openTensors, type TensorFile } from "../formats/tensor-file.js";
import { excerpt } from "../printable.js";
import { tensorsFound, type LookOptions, type TensorsFound } from "./contents.js";
import { checkpointManifest, savedVocabulary, tensorFiles, verifyFile } from "./folder.js";
import type { Manifest } from "./manifest.js";
import { damagedCheckpoints, listCheckpoints } from "./store.js";

/** A run folder. */
export interface RunInspection {
  readonly kind: "run";
  readonly path: string;
  /** The specification's file, if the run names it. */
  readonly spec: string | null;
  readonly checkpoints: readonly { readonly name: string; readonly manifest: Manifest }[];
  /** Unusable checkpoints, and why. */
  readonly damaged: readonly { readonly folder: string; readonly reason: string }[];
}

/** A vlmo checkpoint. */
export interface CheckpointInspection extends TensorsFound {
  readonly kind: "checkpoint";
  readonly path: string;
  readonly manifest: Manifest;
  readonly vocabulary: readonly string[] | null;
}

/** A tensor file of any program. */
export interface FileInspection extends TensorsFound {
  readonly kind: "file";
  /** For a folder: the file that was found in it. */
  readonly path: string;
  readonly format: TensorFile["format"];
  readonly shards: readonly string[];
  /** Contents that are not tensors. */
  readonly others: readonly { readonly name: string; readonly what: string }[];
  /** Unknown classes and functions, and how many objects they would have made. None of them was run. */
  readonly unknown: readonly { readonly name: string; readonly objects: number }[];
}

/** The result of `vlmo inspect`, by what was found. */
export type Inspection = RunInspection | CheckpointInspection | FileInspection;

/** Inspects a file or a folder. Throws what reading it throws. */
export async function inspect(path: string, options: LookOptions = {}): Promise<Inspection> {
  if (await exists(join(path, "manifest.json"))) return ofCheckpoint(path, options);
  if (await exists(join(path, "checkpoints"))) return ofRun(path);
  return ofFile(path, options);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function ofRun(path: string): Promise<RunInspection> {
  const root = join(path, "checkpoints");
  const checkpoints = await listCheckpoints(root);
  const damaged = await damagedCheckpoints(root);
  return {
    ...{ kind: "run", path, spec: await specOf(path) },
    checkpoints: checkpoints.map(({ name, manifest }) => ({ name: join("checkpoints", name), manifest })),
    damaged: damaged.map(({ folder, reason }) => ({ folder, reason: reason.message })),
  };
}

async function specOf(run: string): Promise<string | null> {
  try {
    const json: unknown = JSON.parse(await readFile(join(run, "run.json"), "utf8"));
    return typeof json === "object" && json !== null && "spec" in json ? excerpt(String(json.spec)) : null;
  } catch {
    return null;
  }
}

async function ofCheckpoint(path: string, options: LookOptions): Promise<CheckpointInspection> {
  const manifest = await checkpointManifest(path);
  const vocabulary = await savedVocabulary({ folder: path, manifest });
  if (options.values === true) await verifyFile(path, tensorFiles.parameters, manifest);
  const { tensors } = await look(join(path, tensorFiles.parameters), options);
  return { kind: "checkpoint", path, manifest, vocabulary, ...tensors };
}

async function ofFile(path: string, options: LookOptions): Promise<FileInspection> {
  const { file, tensors } = await look(path, options);
  return {
    ...{ kind: "file", path: file.path, format: file.format, shards: file.shards, ...tensors },
    others: file.others.map((other) => ({ name: fullName(other), what: other.what })),
    unknown: [...file.unknown].map(([name, objects]) => ({ name, objects })),
  };
}

async function look(path: string, options: LookOptions): Promise<{ file: TensorFile; tensors: TensorsFound }> {
  const file = await openTensors(path);
  try {
    return { file, tensors: await tensorsFound(file, options) };
  } finally {
    await file.close();
  }
}
