// The specification stored in a checkpoint, so that using the model takes nothing else. Its files are texts in one JSON file,
// and are never unpacked to disk.
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { checkSpec, type Spec } from "../../compiler/index.js";
import { systemError } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { resolvePath } from "../spec-path.js";

/** The file's name in a checkpoint folder. */
export const specificationFile = "specification.json";

/** A specification, and what is stored of its data. */
export interface SavedSpecification {
  readonly spec: Spec;
  /** By head: the names of its classes or answers, in the order of their indices. */
  readonly labels: Labels;
}

/** Class or answer names by head. */
export type Labels = ReadonlyMap<string, readonly string[]>;

const format = "vlmo-specification";

const texts = z.record(z.string(), z.string());

const schema = z.strictObject({
  format: z.literal(format),
  entry: z.string(),
  set: z.array(z.string()),
  files: texts,
  labels: z.record(z.string(), z.array(z.string())),
});

/** The text of the file. */
export function specificationText({ spec: { written }, labels }: SavedSpecification): string {
  const { entry, set, files } = written;
  const kept = { format, entry, set, files: objectOf(files), labels: objectOf(labels) };
  return `${JSON.stringify(kept, undefined, 2)}\n`;
}

function objectOf<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries(map);
}

/** Reads and checks the specification of a checkpoint. Throws V920, V928, V929. */
export async function readSpecification(folder: string): Promise<SavedSpecification> {
  const { entry, set, files, labels } = await readWritten(folder);
  const { spec, diagnostics } = checkSpec(entry, {
    read: (file) => (Object.hasOwn(files, file) ? (files[file] ?? null) : null),
    resolvePath,
    set: set.map((option) => ({ text: option })),
    expectations: "apart",
  });
  if (spec !== null) return { spec, labels: new Map(Object.entries(labels)) };
  const [first] = diagnostics.filter(({ severity }) => severity === "error");
  const reason = `this version of vlmo finds a mistake in its specification: ${first?.message ?? "none"}`;
  throw vlmoError("V928", { file: folder, reason });
}

/** Only the class and answer names; the specification is not checked. Throws V920, V929. */
export async function readLabels(folder: string): Promise<Labels> {
  return new Map(Object.entries((await readWritten(folder)).labels));
}

async function readWritten(folder: string): Promise<z.infer<typeof schema>> {
  const path = join(folder, specificationFile);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw systemError("V920", path, error);
  });
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw vlmoError("V929", { file: folder, reason: `${specificationFile} is no specification` });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
