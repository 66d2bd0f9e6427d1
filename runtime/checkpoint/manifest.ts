// The manifest of a checkpoint: its files and the position of the run. One schema for writing and reading; manifest.json only,
// no tensors.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { precisionNames, scheduleKinds } from "../../compiler/index.js";
import { expectRegular } from "../formats/regular-file.js";
import { systemCode, systemError } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** Raised when a field is dropped or changes its meaning, or when one is added that has no default for older manifests. */
export const manifestVersion = 4;

/** Largest manifest that is read, in bytes; real ones are far smaller. */
const manifestLimit = 16 * 1024 * 1024;

/** The file's name in a checkpoint folder. */
export const manifestFile = "manifest.json";

const whole = z.int().nonnegative();

const manifestSchema = z.strictObject({
  format: z.literal("vlmo-checkpoint"),
  version: z.literal(manifestVersion),
  /** The version of the program that wrote it. */
  vlmo: z.string(),
  spec: z.strictObject({
    file: z.string().nullable(),
    /** SHA-256 of the stage's meaning, without its duration. */
    hash: z.string(),
    /** The same as readable facts by name. */
    meaning: z.record(z.string(), z.string()),
  }),
  /** The learning rate schedule of the stage, which must not change for steps already done; null if nothing was trained. */
  course: z.looseObject({ lr: z.number(), total: whole, warmup: whole, kind: z.enum(scheduleKinds) }).nullable(),
  stage: z.string(),
  /** The data blocks of the stage: digests of their records, and of the sizes of the files that records name. */
  data: z.array(z.strictObject({ name: z.string(), records: z.string(), files: z.string().optional() })),
  /** Optimizer steps of the stage already done. */
  step: whole,
  finished: z.boolean(),
  seeds: z.record(z.string(), z.int()),
  /** Counters of random streams that do not follow from the step. */
  counters: z.record(z.string(), whole),
  /** The position of the next step's data, as the data source wrote it. */
  position: z.json(),
  /** Resuming is exact with the same engine, version and threads. */
  engine: z.strictObject({
    name: z.string(),
    version: z.string(),
    threads: whole,
    /** The precision of matrix products. */
    precision: z.enum(precisionNames).default("float32"),
  }),
  provenance: z.strictObject({
    /** Names of the data that the parameters were trained on. */
    data: z.array(z.string()),
    /** Stages trained so far in order, with the steps of each. */
    stages: z.array(z.strictObject({ stage: z.string(), steps: whole })),
    /** The foreign file that the first stage was initialised from. */
    imported: z.string().nullable(),
  }),
  metrics: z.record(z.string(), z.number().nullable()),
  /** The score by `best`, higher is better; null if the stage names no metric, or was not validated at this step. */
  score: z.number().nullable(),
  /** The best validation so far, and the number of validations since; null without a score yet. */
  best: z.strictObject({ step: whole, score: z.number(), since: whole }).nullable(),
  /** The number of this save within its run; unlike the time, it never goes back. */
  sequence: whole,
  /** The time of writing, ISO 8601. */
  saved: z.string(),
  files: z.record(z.string(), z.strictObject({ bytes: whole, sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** A manifest as read: validated, of any supported version. */
export type Manifest = z.infer<typeof manifestSchema>;

/** What the caller provides; the other fields follow from writing. */
export type ManifestFacts = Omit<Manifest, "format" | "version" | "sequence" | "saved" | "files">;

/** The text of a manifest, with a checksum of all other fields, so that no changed bit goes unnoticed. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }, undefined, 2)}\n`;
}

/** SHA-256 of a manifest without its checksum. Keys keep their order through writing and reading. */
function checksumOf(manifest: object): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}

/**
 * Reads and validates a folder's manifest. Throws V927 (no checkpoint), V928 (another version, or not in our format), V929
 * (changed after it was written).
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const json = parse(folder, await readText(folder));
  const head = z.looseObject({ format: z.literal("vlmo-checkpoint"), version: z.int() }).safeParse(json);
  if (!head.success)
    throw vlmoError("V928", { file: folder, reason: `its ${manifestFile} is not that of a checkpoint` });
  const { version } = head.data;
  if (version !== manifestVersion) {
    const reason = `its format version is ${version}, and this program reads version ${manifestVersion}`;
    throw vlmoError("V928", { file: folder, reason });
  }
  // As read: the schema would reorder the keys.
  const { checksum, ...rest } = json as Record<string, unknown>;
  if (checksum !== checksumOf(rest)) {
    const reason = `its ${manifestFile} was changed after it was written: its checksum differs`;
    throw vlmoError("V929", { file: folder, reason });
  }
  const manifest = manifestSchema.safeParse(rest);
  if (manifest.success) return manifest.data;
  const issues = manifest.error.issues.slice(0, 5).map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw vlmoError("V928", { file: folder, reason: `its ${manifestFile} is malformed: ${issues.join("; ")}` });
}

async function readText(folder: string): Promise<string> {
  try {
    const path = join(folder, manifestFile);
    const status = await stat(path);
    // Reading a pipe would block.
    expectRegular(path, status, "V920");
    if (status.size > manifestLimit)
      throw vlmoError("V928", { file: folder, reason: `its ${manifestFile} has more than ${manifestLimit} bytes` });
    return await readFile(path, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT")
      throw vlmoError("V927", { file: folder, reason: `the folder has no ${manifestFile}` }, { cause: error });
    if (code === "ENOTDIR")
      throw vlmoError("V927", { file: folder, reason: "it is a file, not a folder" }, { cause: error });
    throw systemError("V920", join(folder, manifestFile), error);
  }
}

function parse(folder: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw vlmoError("V928", { file: folder, reason: `its ${manifestFile} is not JSON` }, { cause: error });
  }
}
