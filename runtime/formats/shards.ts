// The index of a sharded checkpoint as Hugging Face writes it: `{"weight_map": {TENSOR: FILE, …}}`. Maps tensors to files;
// opens none of them.
import { dirname, isAbsolute, join, normalize } from "node:path";
import { quoted } from "../printable.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { readBytes, type OpenFile } from "./bytes.js";
import { jsonMembers, jsonValue } from "./json-members.js";

/** One file of a sharded checkpoint. */
export interface Shard {
  /** Its name in the index, and its path. */
  readonly name: string;
  readonly path: string;
  /** The tensors in it, according to the index. */
  readonly keys: ReadonlySet<string>;
}

/** Largest index that is read, and the most files that it may name; real ones have far fewer. */
const limits = { bytes: 32 * 1024 * 1024, shards: 1000 };

/** The shards, in the order in which the index names them. Throws V975, V920. */
export async function readShards(file: OpenFile): Promise<Shard[]> {
  if (file.size > limits.bytes) throw wrong(file, `it has ${file.size} bytes (at most ${limits.bytes})`);
  const shards = new Map<string, Set<string>>();
  try {
    for (const [key, name] of weightMap(await readBytes(file, 0, file.size))) {
      const keys = shards.get(name) ?? new Set();
      shards.set(name, keys.add(key));
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrong(file, error.message, error);
  }
  if (shards.size === 0) throw wrong(file, "its `weight_map` names no tensor");
  if (shards.size > limits.shards) throw wrong(file, `it names ${shards.size} files (at most ${limits.shards})`);
  return [...shards].map(([name, keys]) => ({ name, keys, path: placeOf(file, name) }));
}

function* weightMap(json: Uint8Array): Generator<[key: string, shard: string]> {
  for (const { key, begin, end } of jsonMembers(json)) {
    if (key !== "weight_map") continue;
    for (const member of jsonMembers(json, begin, end)) {
      const shard = jsonValue(json, member.begin, member.end);
      if (typeof shard !== "string") throw new SyntaxError(`the file of ${quoted(member.key)} is no text`);
      yield [member.key, shard];
    }
    return;
  }
  throw new SyntaxError("it has no `weight_map`");
}

/** Shards must be in the index's folder or below: a foreign index must not reach other files. */
function placeOf(file: OpenFile, name: string): string {
  const way = normalize(name);
  if (name === "" || isAbsolute(way) || /^[a-z]:|\\|\0/i.test(name) || /^\.\.?(\/|$)/.test(way))
    throw wrong(file, `the file ${quoted(name)} that it names is not in its folder`);
  return join(dirname(file.path), way);
}

function wrong(file: OpenFile, reason: string, cause?: unknown): VlmoError {
  return vlmoError("V975", { file: file.path, reason }, { cause });
}
