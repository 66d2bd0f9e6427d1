// Opens a data block with the source of its format, after resolving the lists of names that its settings refer to.
import { createHash } from "node:crypto";
import path from "node:path";
import type { DataSpec } from "../../compiler/index.js";
import { readNames, sourceOf, type DataSet, type Digest } from "./index.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** Data blocks that a block takes lists of names from, opened, by setting. */
export type OpenedLists = Readonly<Record<string, DataSet>>;

/** Opens one block. Relative paths start from the folder of the specification that declares it. Throws VlmoError. */
export async function openBlock(spec: DataSpec, opened: OpenedLists): Promise<DataSet> {
  const folder = path.dirname(spec.span.file.path);
  const lists = await listsOf(spec, folder, opened);
  const source = sourceOf(spec.format);
  // The source was looked up by the format of these settings, and all their lists are in `lists`.
  const settings = { ...spec.settings, ...lists } as Parameters<typeof source.open>[1];
  const { digests, ...dataSet } = await source.open(spec.kind, settings, folder);
  return { ...dataSet, digests: new Map([...digests.values()].map((digest) => [spec.name, withLists(digest, lists)])) };
}

/** Lists that a block takes from a file or from another data block. Throws VlmoError. */
async function listsOf(
  { name, span, settings, lists = {} }: DataSpec,
  folder: string,
  opened: OpenedLists,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const given = new Map<string, unknown>(Object.entries(settings));
  const found: [string, readonly string[]][] = [];
  for (const key of ["classes", "answers"] as const) {
    const value = given.get(key);
    if (typeof value === "string") found.push([key, await readNames(path.resolve(folder, value))]);
    const other = lists[key];
    if (other === undefined) continue;
    const list = opened[key]?.[key];
    if (list === undefined) throw vlmoError("V983", { data: name, what: key, other: other.name }, { span });
    found.push([key, list]);
  }
  return Object.fromEntries(found);
}

/** A digest that includes the lists, which number the classes. Lists in the specification itself are part of its own hash. */
function withLists(digest: Digest, lists: Readonly<Record<string, readonly string[]>>): Digest {
  if (Object.keys(lists).length === 0) return digest;
  const hash = createHash("sha256").update(JSON.stringify([digest.records, lists]));
  return { ...digest, records: hash.digest("hex") };
}
