// Image files assembled from bytes, for forms that encoders do not write.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { crc32, deflateSync } from "node:zlib";
import type { ImageFile } from "../../runtime/data/sources/data-set.js";

/** A file with these bytes, as the image of a record. */
export function fileOf(folder: string, name: string, bytes: Uint8Array): ImageFile {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return { kind: "file", key: file, path: file, place: { file: "records.jsonl", line: 1 } };
}

export interface Png {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with transparency, 6 RGB with transparency. */
  readonly colours: number;
  /** Stored rows, without filter. */
  readonly rows: readonly Uint8Array[];
  readonly chunks?: readonly (readonly [name: string, bytes: Uint8Array])[];
}

export function pngOf({ width, height, bits, colours, rows, chunks = [] }: Png): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colours], 8);
  const samples = deflateSync(Buffer.concat(rows.flatMap((row) => [Buffer.of(0), row])));
  const all = [["IHDR", header], ...chunks, ["IDAT", samples], ["IEND", Buffer.alloc(0)]] as const;
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    ...all.map(([name, bytes]) => chunkOf(name, bytes)),
  ]);
}

function chunkOf(name: string, bytes: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), bytes]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(bytes.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A little-endian TIFF of one strip; `tags` are added to those of size and offset, all of type SHORT. */
export function tiffOf(
  width: number,
  height: number,
  samples: Uint8Array,
  tags: Readonly<Record<number, number>>,
): Buffer {
  const SHORT = 3;
  const place = 8 + 2 + 12 * (6 + Object.keys(tags).length) + 4;
  const needed = { 256: width, 257: height, 259: 1, 273: place, 278: height, 279: samples.length };
  // Integer keys of an object are iterated in ascending order.
  const entries = Object.entries({ ...needed, ...tags });
  const head = Buffer.alloc(place);
  head.write("II*\0\x08", "latin1");
  head.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, value], i) => {
    const at = 10 + 12 * i;
    head.writeUInt16LE(Number(tag), at);
    head.writeUInt16LE(SHORT, at + 2);
    head.writeUInt32LE(1, at + 4);
    head.writeUInt16LE(value, at + 8);
  });
  return Buffer.concat([head, samples]);
}
