// Packs a data block as tar shards (WebDataset) that give the same items. The folder appears when it is complete.
import { rename, rm, open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { DataSpec } from "../../../compiler/index.js";
import { systemError } from "../../errors/system-error.js";
import { VlmoError, vlmoError } from "../../errors/vlmo-error.js";
import { syncFolder, unfinishedMark } from "../../formats/atomic.js";
import { expectEmpty, makeFolder } from "../../formats/make-folder.js";
import { tarSize, writeEnd, writeMember } from "../../formats/tar-writer.js";
import type { DataSet } from "../sources/data-set.js";
import { blockText } from "./block.js";
import { membersOf, samplesOf, type ImageForm, type Member } from "./members.js";

/** The folder of the shards, and their size. */
export interface PackOptions {
  readonly folder: string;
  /** The most bytes and samples of a shard; a larger sample gets a shard of its own. */
  readonly size: number;
  readonly items: number;
  /** The form of images; null: copied byte for byte. */
  readonly form?: ImageForm | null;
  readonly report: (done: number, all: number) => void;
  /** Checked between samples. */
  readonly signal: AbortSignal;
}

/** What was written. */
export interface Packed {
  readonly shards: number;
  readonly samples: number;
  readonly items: number;
  readonly bytes: number;
  /** Items left out under `on_error: skip`, and why. */
  readonly leftOut: readonly VlmoError[];
  /** The data block that reads the shards, relative to their folder. */
  readonly block: string;
}

/** Packs a data set; null if it was asked to stop, without leftovers. Throws V917, V923, V976, V977. */
export async function packData(spec: DataSpec, dataSet: DataSet, options: PackOptions): Promise<Packed | null> {
  await expectEmpty(options.folder);
  const above = path.dirname(path.resolve(options.folder));
  await makeFolder(above);
  const unfinished = path.join(above, `.${path.basename(options.folder)}.${unfinishedMark()}`);
  try {
    await makeFolder(unfinished);
    const packed = await packInto(unfinished, spec, { ...dataSet, name: spec.name }, options);
    if (packed === null) return null;
    await syncFolder(unfinished);
    await rename(unfinished, options.folder);
    await syncFolder(above);
    return packed;
  } catch (error) {
    throw systemError("V923", options.folder, error);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function packInto(
  folder: string,
  spec: DataSpec,
  dataSet: DataSet,
  { size, items, form = null, report, signal }: PackOptions,
): Promise<Packed | null> {
  const shards = new Shards(folder, { size, items });
  const leftOut: VlmoError[] = [];
  let [done, samples] = [0, 0];
  try {
    for (const sample of samplesOf(dataSet)) {
      if (signal.aborted) return null;
      const members = await membersOf(sample, dataSet, form).catch((error: unknown) => {
        if (!(error instanceof VlmoError) || error.code !== "V917" || spec.onError !== "skip") throw error;
        leftOut.push(...sample.map(() => error));
        return null;
      });
      if (members !== null) {
        await shards.add(String(samples).padStart(9, "0"), members);
        samples += 1;
      }
      done += sample.length;
      report(done, dataSet.length);
    }
  } finally {
    await shards.close();
  }
  if (samples === 0) throw vlmoError("V976", { data: spec.name, reason: "none of its items can be read" });
  const written = { shards: shards.count, items: done - leftOut.length };
  const block = blockText(spec, dataSet, { ...written, form });
  for (const [name, list] of Object.entries({ classes: dataSet.classes, answers: dataSet.answers }))
    if (list !== undefined && list.length > 0)
      await writeWhole(path.join(folder, `${name}.txt`), `${list.join("\n")}\n`);
  await writeWhole(path.join(folder, "data.vlmo"), `vlmo 1\n\n${block}\n`);
  return { ...written, samples, bytes: shards.bytes, leftOut, block };
}

async function writeWhole(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes shards one after the other. */
class Shards {
  count = 0;
  bytes = 0;
  private begun: { readonly handle: FileHandle; size: number; items: number } | undefined;

  constructor(
    private readonly folder: string,
    private readonly most: Pick<PackOptions, "size" | "items">,
  ) {}

  async add(key: string, members: readonly Member[]): Promise<void> {
    const size = members.reduce((sum, { bytes }) => sum + tarSize(bytes.length), 0);
    const { begun } = this;
    if (begun !== undefined && (begun.items >= this.most.items || begun.size + size > this.most.size))
      await this.close();
    this.begun ??= { handle: await open(path.join(this.folder, shardName(this.count++)), "wx"), size: 0, items: 0 };
    for (const { ending, bytes } of members) await writeMember(this.begun.handle, `${key}.${ending}`, bytes);
    this.begun.size += size;
    this.begun.items += 1;
    this.bytes += size;
  }

  async close(): Promise<void> {
    const { begun } = this;
    this.begun = undefined;
    if (begun === undefined) return;
    try {
      await writeEnd(begun.handle);
      await begun.handle.sync();
    } finally {
      await begun.handle.close();
    }
  }
}

function shardName(number: number): string {
  return `shard-${String(number).padStart(6, "0")}.tar`;
}
