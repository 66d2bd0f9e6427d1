// The manifest of a checkpoint: its tensors and the position of the run. The one schema that writing and reading
// share; reads and writes manifest.json, no tensor.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { precisionNames, scheduleKinds } from "../../compiler/index.js";
import { expectRegular } from "../formats/regular-file.js";
import { systemCode, systemError } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** Raised whenever a field is dropped, changes its meaning, or is added without a default for those that lack it. */
export const manifestVersion = 4;

/** Largest manifest that is read, in bytes; real ones stay far below. */
const manifestLimit = 16 * 1024 * 1024;

/** Its name in a checkpoint's folder. */
export const manifestFile = "manifest.json";

const whole = z.int().nonnegative();

const manifestSchema = z.strictObject({
  format: z.literal("vlmo-checkpoint"),
  version: z.literal(manifestVersion),
  /** Version of the program that wrote it. */
  vlmo: z.string(),
  spec: z.strictObject({
    file: z.string().nullable(),
    /** SHA-256 of the stage's meaning, except its length. */
    hash: z.string(),
    /** The same as facts by name, for people. */
    meaning: z.record(z.string(), z.string()),
  }),
  /**
   * The learning rate over the stage, of which the done steps must not change, with the settings of its schedule; null
   * where nothing was trained.
   */
  course: z.looseObject({ lr: z.number(), total: whole, warmup: whole, kind: z.enum(scheduleKinds) }).nullable(),
  stage: z.string(),
  /** The data blocks of the stage: digests of their records, and of the sizes of the files that those name. */
  data: z.array(z.strictObject({ name: z.string(), records: z.string(), files: z.string().optional() })),
  /** Optimizer steps of the stage that are done. */
  step: whole,
  finished: z.boolean(),
  seeds: z.record(z.string(), z.int()),
  /** Counters of random streams that do not follow from the step. */
  counters: z.record(z.string(), whole),
  /** The position of the next step's data, as the data source wrote it. */
  position: z.json(),
  /** Resuming is exact on the same engine, version and threads. */
  engine: z.strictObject({
    name: z.string(),
    version: z.string(),
    threads: whole,
    /** What products were computed in. */
    precision: z.enum(precisionNames).default("float32"),
  }),
  provenance: z.strictObject({
    /** Names of the data the parameters have seen. */
    data: z.array(z.string()),
    /** Stages trained so far, first to last, with the steps of each. */
    stages: z.array(z.strictObject({ stage: z.string(), steps: whole })),
    /** The foreign file that the first stage was initialised from. */
    imported: z.string().nullable(),
  }),
  metrics: z.record(z.string(), z.number().nullable()),
  /** The score of `best`, higher is better; null where the stage names no metric, or was not measured at this step. */
  score: z.number().nullable(),
  /** Where the stage was best so far, and how many validations have passed since; null where `best` has measured nothing. */
  best: z.strictObject({ step: whole, score: z.number(), since: whole }).nullable(),
  /** Which save of its run it was; unlike the time, never goes back. */
  sequence: whole,
  /** When it was written, ISO 8601. */
  saved: z.string(),
  files: z.record(z.string(), z.strictObject({ bytes: whole, sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** As it is read back: checked, of any version that is still read. */
export type Manifest = z.infer<typeof manifestSchema>;

/** What the writer of a checkpoint says; the rest of the manifest follows from the writing. */
export type ManifestFacts = Omit<Manifest, "format" | "version" | "sequence" | "saved" | "files">;

/** A manifest as it is written: with a checksum of all the rest, so that no bit of it changes unnoticed. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }, undefined, 2)}\n`;
}

/** SHA-256 of a manifest without its checksum. Keys keep their order when they are written and read. */
function checksumOf(manifest: object): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}

/**
 * Reads and checks a folder's manifest. Throws V927 (no checkpoint), V928 (another version, or not as we write it), V929
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
  // As it was read: a schema would give the keys another order.
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
    // A pipe would be waited for.
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
