// A vlmo checkpoint: a folder with parameters, optimizer state, vocabulary and manifest. Written atomically, and verified
// against its manifest when it is read. checkpoint/store.ts keeps and finds several of them.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { writeTextAtomically } from "../formats/atomic.js";
import { nearPath } from "../errors/near-path.js";
import { systemError } from "../errors/system-error.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";
import { hashFile, readSafetensors, writeSafetensors, type Written } from "../formats/safetensors.js";
import type { Tensor, Tensors } from "../tensor.js";
import { notACheckpoint } from "./foreign.js";
import { planImport } from "./import.js";
import { layouts, type Target } from "./layouts/index.js";
import {
  manifestFile,
  manifestText,
  manifestVersion,
  readManifest,
  type Manifest,
  type ManifestFacts,
} from "./manifest.js";
import { findFolder, replaceFolder } from "./replace.js";
import { ImportError, remarksOn } from "./problems.js";
import { memorySource, openTensorFile, type TensorSource } from "./source.js";
import {
  readLabels,
  readSpecification,
  specificationFile,
  specificationText,
  type Labels,
  type SavedSpecification,
} from "./specification.js";
import { readVocabulary, vocabularyFile, vocabularyText } from "./vocabulary.js";

/** The file names of a checkpoint's tensors. */
export const tensorFiles = { parameters: "parameters.safetensors", optimizer: "optimizer.safetensors" } as const;

/** The contents of a checkpoint. */
export interface CheckpointContents {
  readonly facts: ManifestFacts;
  readonly parameters: Tensors;
  readonly optimizer: Tensors;
  /** Tokens by id; null if the model reads no texts, or its tokens are not known. */
  readonly vocabulary: readonly string[] | null;
  /** The specification of the model; null if only tensors are stored. */
  readonly specification: SavedSpecification | null;
}

/**
 * Writes a checkpoint at `folder`, replacing any. `sequence` numbers the checkpoints of one run. Throws V923, leaving what was
 * there untouched.
 */
export async function writeCheckpoint(folder: string, contents: CheckpointContents, sequence = 0): Promise<Manifest> {
  const { facts, parameters, optimizer } = contents;
  let manifest: Manifest | undefined;
  await replaceFolder(folder, async (unfinished) => {
    const files: Record<string, Written> = {
      [tensorFiles.parameters]: await writeSafetensors(join(unfinished, tensorFiles.parameters), parameters),
      [tensorFiles.optimizer]: await writeSafetensors(join(unfinished, tensorFiles.optimizer), optimizer),
    };
    for (const [name, text] of textsOf(contents)) {
      const path = join(unfinished, name);
      await writeTextAtomically(path, text);
      files[name] = await hashFile(path);
    }
    const head = { format: "vlmo-checkpoint", version: manifestVersion } as const;
    manifest = { ...head, ...facts, sequence, saved: new Date().toISOString(), files };
    await writeTextAtomically(join(unfinished, manifestFile), manifestText(manifest));
  });
  if (manifest === undefined) throw new Error("internal: a checkpoint without a manifest");
  return manifest;
}

/** The text files, by name. */
function textsOf({ vocabulary, specification }: CheckpointContents): [string, string][] {
  return [
    ...(vocabulary === null ? [] : [[vocabularyFile, vocabularyText(vocabulary)] as [string, string]]),
    ...(specification === null ? [] : [[specificationFile, specificationText(specification)] as [string, string]]),
  ];
}

/** What is read, and whether it is verified. */
export interface ReadCheckpointOptions {
  /** Verify the files against the manifest's hashes; false only right after the folder was verified. Default true. */
  readonly verify?: boolean;
  /** Read the optimizer state too. Default true; evaluation needs none. */
  readonly optimizer?: boolean;
  /** Keep saved float64 as float64. Default true, for exact resuming. */
  readonly wide?: boolean;
  /** The parameters that the model needs: exactly these, with these shapes, or V926 with every difference. */
  readonly expect?: readonly Target[];
}

/** A checkpoint that was read. */
export interface Checkpoint {
  /** Its path. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly parameters: Map<string, Tensor>;
  /** Empty if not requested. */
  readonly optimizer: Map<string, Tensor>;
  /** Tokens by id; null if the checkpoint has none. */
  readonly vocabulary: readonly string[] | null;
}

/**
 * Reads a checkpoint. Throws V927 (none there), V928 (another version), V929 (differs from its manifest), V926 (not the
 * expected model), and what reading files throws.
 */
export async function readCheckpoint(folder: string, options: ReadCheckpointOptions = {}): Promise<Checkpoint> {
  const { found, manifest } = await openFolder(folder);
  const read = async (name: string): Promise<Map<string, Tensor>> => {
    if (options.verify ?? true) await verifyFile(found, name, manifest);
    return readSafetensors(join(found, name), { wide: options.wide ?? true });
  };
  const parameters = await read(tensorFiles.parameters);
  if (options.expect !== undefined) checkFit(found, parameters, options.expect);
  const optimizer = (options.optimizer ?? true) ? await read(tensorFiles.optimizer) : new Map<string, Tensor>();
  return {
    folder: found,
    manifest,
    parameters,
    optimizer,
    vocabulary: await savedVocabulary({ folder: found, manifest }),
  };
}

/** A checkpoint whose tensors are read one by one; the caller closes `parameters`. */
export interface OpenCheckpoint {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly parameters: TensorSource;
}

/**
 * Opens a checkpoint without reading its tensors; `verify` compares their file with the manifest. Throws as `readCheckpoint`.
 */
export async function openCheckpoint(folder: string, { verify = false } = {}): Promise<OpenCheckpoint> {
  const { found, manifest } = await openFolder(folder);
  if (verify) await verifyFile(found, tensorFiles.parameters, manifest);
  return { folder: found, manifest, parameters: await openTensorFile(join(found, tensorFiles.parameters)) };
}

/** The manifest of a checkpoint. Throws V927 with what is there instead, V928. */
export async function checkpointManifest(folder: string): Promise<Manifest> {
  return (await openFolder(folder)).manifest;
}

/** A checkpoint's vocabulary; null if it has none. Throws V929. */
export async function savedVocabulary({
  folder,
  manifest,
}: Pick<Checkpoint, "folder" | "manifest">): Promise<string[] | null> {
  if (manifest.files[vocabularyFile] === undefined) return null;
  await verifyFile(folder, vocabularyFile, manifest);
  return readVocabulary(join(folder, vocabularyFile));
}

/** The specification in a checkpoint. Throws V929, V928; V927 if it has none. */
export async function savedSpecification(saved: Saved): Promise<SavedSpecification> {
  await expectSpecification(saved);
  return readSpecification(saved.folder);
}

/** The class and answer names in a checkpoint. Throws V927 if it is of a version without them, V929. */
export async function savedLabels(saved: Saved): Promise<Labels> {
  await expectSpecification(saved);
  return readLabels(saved.folder);
}

type Saved = Pick<Checkpoint, "folder" | "manifest">;

async function expectSpecification({ folder, manifest }: Saved): Promise<void> {
  if (manifest.files[specificationFile] === undefined) {
    const reason = "it holds no specification: an earlier version of vlmo wrote it";
    throw vlmoError("V927", { file: folder, reason }, { help: "train or import it again with this version" });
  }
  await verifyFile(folder, specificationFile, manifest);
}

/** The path of a checkpoint, and its manifest. Throws V927 with what is there instead. */
async function openFolder(folder: string): Promise<{ readonly found: string; readonly manifest: Manifest }> {
  try {
    const found = await locate(folder);
    return { found, manifest: await readManifest(found) };
  } catch (error) {
    throw error instanceof VlmoError && error.code === "V927" ? await notACheckpoint(folder, error) : error;
  }
}

async function locate(folder: string): Promise<string> {
  const found = await findFolder(folder);
  if (found === undefined)
    throw vlmoError("V927", { file: folder, reason: "the folder does not exist" }, { help: nearPath(folder) });
  return found;
}

/** Verifies every file of a checkpoint against its manifest: hashes, or only sizes, which costs nothing. Throws V929. */
export async function verifyFiles(folder: string, manifest: Manifest, how: "whole" | "sizes"): Promise<void> {
  const found = await locate(folder);
  for (const name of Object.keys(manifest.files)) {
    if (how === "whole") await verifyFile(found, name, manifest);
    else expectSize(found, name, manifest, await sizeIn(found, name));
  }
}

async function sizeIn(folder: string, name: string): Promise<number> {
  const found = await stat(join(folder, name)).catch((error: unknown) => {
    const cause = systemError("V920", join(folder, name), error);
    throw vlmoError("V929", { file: folder, reason: cause.message }, { cause });
  });
  return found.size;
}

function expectSize(folder: string, name: string, { files }: Manifest, bytes: number): void {
  const stated = files[name]?.bytes;
  if (bytes !== stated)
    throw vlmoError("V929", { file: folder, reason: `${name} has ${bytes} bytes instead of ${stated}` });
}

/** Verifies one file of a checkpoint against its manifest. Throws V929. */
export async function verifyFile(folder: string, name: string, manifest: Manifest): Promise<void> {
  const stated = manifest.files[name];
  if (stated === undefined) throw vlmoError("V929", { file: folder, reason: `its manifest does not name ${name}` });
  const actual = await hashFile(join(folder, name)).catch((error: unknown) => {
    if (!(error instanceof VlmoError)) throw error;
    throw vlmoError("V929", { file: folder, reason: error.message }, { cause: error });
  });
  expectSize(folder, name, manifest, actual.bytes);
  if (actual.sha256 !== stated.sha256)
    throw vlmoError("V929", { file: folder, reason: `the SHA-256 of ${name} is another` });
}

function checkFit(folder: string, parameters: Tensors, targets: readonly Target[]): void {
  const model = { layout: layouts.vlmo_ts, targets, context: { experts: [], heads: [] } };
  const source = memorySource(folder, parameters);
  const { problems, wanted } = planImport(source, model);
  if (problems.length > 0)
    throw new ImportError(
      folder,
      problems,
      remarksOn({ source, layout: model.layout, wanted, problems, unusedAllowances: [] }),
    );
}
