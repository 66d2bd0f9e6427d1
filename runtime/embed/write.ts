// Vectors in formats of other programs, by file extension.
import path from "node:path";
import { writeAtomically, writeTextAtomically } from "../formats/atomic.js";
import { bytesOf } from "../formats/bytes.js";
import { assertLittleEndian } from "../formats/elements.js";
import { npyHeader } from "../formats/npy.js";
import { writeParquet } from "../formats/parquet-writer.js";
import { metadataOf } from "./about.js";
import { rowOf, writeVectors, type VectorsToWrite } from "./vectors-file.js";

type Write = (file: string, vectors: VectorsToWrite) => Promise<void>;

const writers: Readonly<Record<string, Write>> = {
  ".safetensors": writeVectors,
  ".npy": writeNpy,
  ".parquet": writeTable,
};

/** The extensions of files of vectors. */
export const endings = Object.keys(writers);

/** The writer for a file name; undefined for an unknown extension. */
export function writerOf(file: string): Write | undefined {
  return writers[path.extname(file).toLowerCase()];
}

/** The names are written to a second file before the matrix: where the matrix exists, they do too. */
async function writeNpy(file: string, { about, entries, chunks }: VectorsToWrite): Promise<void> {
  assertLittleEndian();
  const rows = entries.map((entry) => JSON.stringify(rowOf(entry, path.dirname(file))));
  const facts = JSON.stringify(Object.fromEntries(metadataOf(about)));
  await writeTextAtomically(`${file}.json`, `${facts.slice(0, -1)},"rows":[\n${rows.join(",\n")}\n]}\n`);
  await writeAtomically(file, async (handle) => {
    await handle.writeFile(npyHeader([entries.length, about.width]));
    for await (const chunk of chunks) await handle.writeFile(bytesOf(chunk));
  });
}

async function writeTable(file: string, { about, entries, chunks }: VectorsToWrite): Promise<void> {
  const { width } = about;
  const text = (of: string | number | undefined): string | null => (typeof of === "string" ? of : null);
  async function* groups() {
    let first = 0;
    for await (const chunk of chunks) {
      const count = chunk.length / width;
      const own = entries.slice(first, first + count).map((entry) => rowOf(entry, path.dirname(file)));
      yield {
        name: own.map(({ name }) => text(name)),
        image: own.map(({ image }) => text(image)),
        text: own.map(({ text: said }) => text(said)),
        vector: own.map((_, row) => Array.from(chunk.subarray(row * width, (row + 1) * width))),
      };
      first += count;
    }
  }
  const columns = { name: "text", image: "text or nothing", text: "text or nothing", vector: "vector" } as const;
  await writeParquet(file, { columns, metadata: metadataOf(about), groups: groups() });
}
