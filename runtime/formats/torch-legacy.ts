// The format of torch.save before torch 1.6: five pickles in a row (a magic number, a version, system information, the data,
// the keys of the storages), then each storage after the number of its elements. Also a single pickle.
import { quoted } from "../printable.js";
import { readBytes, type OpenFile } from "./bytes.js";
import { pickleLimit } from "./torch-archive.js";
import { damaged, isCount, type PickleHost, type PickleValue } from "./pickle-values.js";
import { unpickle, type Unpickled } from "./pickle.js";
import type { ZipRecord } from "./zip.js";

const magic = 0x1950a86a20f9469cfc6cn;

/** The parts of a file from before torch 1.6. */
export interface Legacy extends Pick<Unpickled, "value" | "unknown"> {
  readonly storages: ReadonlyMap<string, ZipRecord>;
}

/** `hostOf` makes a host from a function that checks storages. Throws V920, V921, PickleError. */
export async function readLegacy(
  file: OpenFile,
  hostOf: (hasStorage: (key: string, bytes: number) => boolean) => PickleHost,
): Promise<Legacy> {
  const bytes = await readBytes(file, 0, Math.min(file.size, pickleLimit));
  /** Bytes of each storage by its key, according to the data. */
  const wanted = new Map<string, number>();
  const host = hostOf((key, size) => {
    wanted.set(key, size);
    return size <= file.size;
  });
  let at = 0;
  const next = (): Unpickled => {
    const read = unpickle(bytes.subarray(at), host);
    at += read.length;
    return read;
  };
  const first = next();
  if (first.value !== magic) return { ...first, storages: new Map() };
  const [, system, data, keys] = [next(), next(), next(), next()];
  if (system.value instanceof Map && system.value.get("little_endian") === false)
    throw damaged("its numbers are big-endian");
  return { value: data.value, unknown: data.unknown, storages: await locate(file, { keys: keys.value, at, wanted }) };
}

interface Described {
  readonly keys: PickleValue;
  /** Position of the first storage. */
  readonly at: number;
  readonly wanted: ReadonlyMap<string, number>;
}

async function locate(file: OpenFile, { keys, at, wanted }: Described): Promise<Map<string, ZipRecord>> {
  if (!Array.isArray(keys)) throw damaged("it does not list its storages");
  const storages = new Map<string, ZipRecord>();
  let begin = at;
  for (const key of keys) {
    const size = typeof key === "string" ? wanted.get(key) : undefined;
    if (typeof key !== "string" || size === undefined || storages.has(key))
      throw damaged("its list of storages is not that of its data");
    const count = Number(new DataView((await readBytes(file, begin, 8)).buffer).getBigInt64(0, true));
    // Only the data know the element size; a count that does not match would shift every storage after it.
    if (!isCount(count) || (size === 0 ? count !== 0 : ![1, 2, 4, 8, 16].includes(size / count)))
      throw damaged(`its storage ${quoted(key)} has ${count} elements, its data ask for ${size} bytes`);
    if (begin + 8 + size > file.size) throw damaged(`it is cut off in its storage ${quoted(key)}`);
    storages.set(key, { begin: begin + 8, size });
    begin += 8 + size;
  }
  const lost = [...wanted.keys()].find((key) => !storages.has(key));
  if (lost !== undefined) throw damaged(`it lacks the storage ${quoted(lost)}`);
  return storages;
}
