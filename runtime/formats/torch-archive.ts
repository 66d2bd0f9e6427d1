// The format of torch.save since torch 1.6: an uncompressed zip with one pickle and one record per storage. Finds the pickle
// and the storages. Not for TorchScript archives.
import { quoted } from "../printable.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { readBytes, type OpenFile } from "./bytes.js";
import { readDirectory, type ZipRecord } from "./zip.js";

/** Largest pickle that is read; real ones are far smaller. */
export const pickleLimit = 64 * 1024 * 1024;

/** The parts of a zip written by `torch.save`. */
export interface Archive {
  readonly pickle: Uint8Array;
  /** Records `data/KEY`, by key. */
  readonly storages: ReadonlyMap<string, ZipRecord>;
}

/** Locates the parts. Throws V920, V921 (damaged), V924 (another kind of archive). */
export async function readArchive(file: OpenFile): Promise<Archive> {
  const records = await readDirectory(file);
  const name = [...records.keys()].find((key) => /^[^/]+\/data\.pkl$/.test(key));
  const pickle = name === undefined ? undefined : records.get(name);
  if (name === undefined || pickle === undefined) throw otherArchive(file, [...records.keys()]);
  const folder = name.slice(0, -"data.pkl".length);
  if (records.has(`${folder}constants.pkl`)) {
    const help = "load it with torch.jit.load, and save its tensors: torch.save(model.state_dict(), …)";
    throw vlmoError("V924", { file: file.path, reason: "it is a TorchScript archive" }, { help });
  }
  refusePacked(file, records);
  if (pickle.size > pickleLimit) {
    const reason = `its data.pkl has ${pickle.size} bytes (at most ${pickleLimit})`;
    throw vlmoError("V921", { file: file.path, reason });
  }
  const order = records.get(`${folder}byteorder`);
  if (order !== undefined) await checkOrder(file, order);
  const prefix = `${folder}data/`;
  const stored = [...records].filter(([key]) => key.startsWith(prefix));
  return {
    pickle: await readBytes(file, pickle.begin, pickle.size),
    storages: new Map(stored.map(([key, record]) => [key.slice(prefix.length), record])),
  };
}

function otherArchive(file: OpenFile, names: readonly string[]): Error {
  const inside = names.find((name) => /\.(pt|pth|bin|ckpt|safetensors)$/.test(name));
  if (names.some((name) => name.endsWith(".npy"))) {
    const reason = "it is NumPy's .npz";
    return vlmoError("V924", { file: file.path, reason }, { help: "save its arrays with safetensors.numpy.save_file" });
  }
  if (inside === undefined)
    return vlmoError("V924", { file: file.path, reason: "it is a zip archive without the data.pkl of torch.save" });
  const reason = `it is a zip archive that holds ${quoted(inside)}`;
  return vlmoError("V924", { file: file.path, reason }, { help: "unpack it (`unzip FILE`), and name what is in it" });
}

function refusePacked(file: OpenFile, records: ReadonlyMap<string, ZipRecord>): void {
  for (const [name, { packed }] of records) {
    if (packed === undefined) continue;
    const reason = `its record ${quoted(name)} is ${packed}, which torch.save never does`;
    throw vlmoError("V924", { file: file.path, reason });
  }
}

async function checkOrder(file: OpenFile, { begin, size }: ZipRecord): Promise<void> {
  const text = new TextDecoder().decode(await readBytes(file, begin, Math.min(size, 16)));
  if (text === "little") return;
  throw vlmoError("V924", { file: file.path, reason: `its byte order is ${quoted(text)}, not little` });
}
