// Hand-made files for the tests: safetensors from a header and bytes, pickles from opcodes, .pt archives as stored zips.
import { crc32 } from "node:zlib";

/** A safetensors file with exactly this header and data. */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** Pickle opcodes by name, as bytes. */
export const op = {
  proto: (version = 2) => Buffer.from([0x80, version]),
  stop: Buffer.from("."),
  mark: Buffer.from("("),
  none: Buffer.from("N"),
  false: Buffer.from([0x89]),
  true: Buffer.from([0x88]),
  emptyDict: Buffer.from("}"),
  emptyList: Buffer.from("]"),
  emptyTuple: Buffer.from(")"),
  tuple: Buffer.from("t"),
  tuple1: Buffer.from([0x85]),
  append: Buffer.from("a"),
  appends: Buffer.from("e"),
  setItem: Buffer.from("s"),
  setItems: Buffer.from("u"),
  reduce: Buffer.from("R"),
  build: Buffer.from("b"),
  newobj: Buffer.from([0x81]),
  pop: Buffer.from("0"),
  persid: Buffer.from("Q"),
  memoize: Buffer.from([0x94]),
  dup: Buffer.from("2"),
  stackGlobal: Buffer.from([0x93]),
  text: (value: string) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([Buffer.from("X"), length, bytes]);
  },
  int: (value: number) => {
    const bytes = Buffer.alloc(5);
    bytes.write("J");
    bytes.writeInt32LE(value, 1);
    return bytes;
  },
  float: (value: number) => {
    const bytes = Buffer.alloc(9);
    bytes.write("G");
    bytes.writeDoubleBE(value, 1);
    return bytes;
  },
  long: (bytes: readonly number[]) => Buffer.from([0x8a, bytes.length, ...bytes]),
  put: (key: number) => Buffer.from([0x71, key]),
  get: (key: number) => Buffer.from([0x68, key]),
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
};

export interface TensorParts {
  readonly type?: string;
  readonly key?: string;
  readonly count: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** The opcodes of a dict of tensor flags, such as `neg`. */
  readonly metadata?: Buffer;
}

/** The opcodes of one tensor as torch.save writes it. */
export function tensorOps({
  type = "FloatStorage",
  key = "0",
  count,
  offset = 0,
  shape,
  strides,
  metadata = Buffer.alloc(0),
}: TensorParts): Buffer {
  const tuple = (values: readonly number[]) => [op.mark, ...values.map(op.int), op.tuple];
  return Buffer.concat([
    op.global("torch._utils", "_rebuild_tensor_v2"),
    op.mark,
    ...[
      op.mark,
      op.text("storage"),
      op.global("torch", type),
      op.text(key),
      op.text("cpu"),
      op.int(count),
      op.tuple,
      op.persid,
    ],
    op.int(offset),
    ...tuple(shape),
    ...tuple(strides),
    ...[op.false, op.global("collections", "OrderedDict"), op.emptyTuple, op.reduce, metadata],
    op.tuple,
    op.reduce,
  ]);
}

/** A pickle of a dict with one entry per value. */
export function dictPickle(entries: Readonly<Record<string, Buffer>>): Buffer {
  const items = Object.entries(entries).flatMap(([key, value]) => [op.text(key), value]);
  return Buffer.concat([op.proto(), op.emptyDict, op.mark, ...items, op.setItems, op.stop]);
}

export interface ZipRecord {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** Declared size, if not the real one. */
  readonly claimed?: number;
}

/** A zip archive of stored records. */
export function zip(records: readonly ZipRecord[]): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, method = 0, flags = 0, claimed = data.length } of records) {
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    [20, flags, method, 0, 0].forEach((value, i) => common.writeUInt16LE(value, 2 * i));
    common.writeUInt32LE(crc32(data), 10);
    // An encrypted record is 12 bytes longer than its contents.
    common.writeUInt32LE(claimed + (flags === 1 ? 12 : 0), 14);
    common.writeUInt32LE(claimed, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, title, data]);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), common, where, title]));
    pieces.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(records.length, 8);
  end.writeUInt16LE(records.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...pieces, central, end]);
}

/** The archive with a zip64 directory at its end, as PyTorch writes it, at the declared `offset`. */
export function zip64(archive: Buffer, offset = BigInt(archive.length - 22)): Buffer {
  const end = archive.subarray(-22);
  const record = Buffer.alloc(56);
  record.write("PK\x06\x06", "latin1");
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(8)), 24);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(10)), 32);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(12)), 40);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(16)), 48);
  const locator = Buffer.alloc(20);
  locator.write("PK\x06\x07", "latin1");
  locator.writeBigUInt64LE(offset, 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([archive.subarray(0, -22), record, locator, end]);
}

/** A .pt archive of one pickle and its storages by key. */
export function torchArchive(pickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Buffer {
  return zip([
    { name: "archive/data.pkl", data: pickle },
    { name: "archive/byteorder", data: Buffer.from("little") },
    ...Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data })),
    { name: "archive/version", data: Buffer.from("3\n") },
  ]);
}

/** A file of torch.save before torch 1.6: the pickles of the data, and the storages in the order of their keys. */
export function legacyArchive(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  size = 4,
): Buffer {
  const alone = (...ops: Buffer[]) => Buffer.concat([op.proto(), ...ops, op.stop]);
  const magic = alone(op.long([0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]));
  const system = dictPickle({ protocol_version: op.int(1001), little_endian: op.true });
  const keys = alone(op.emptyList, op.mark, ...Object.keys(storages).map(op.text), op.appends);
  const counted = Object.values(storages).flatMap((data) => {
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(BigInt(data.length / size));
    return [count, data];
  });
  return Buffer.concat([magic, alone(op.int(1001)), system, pickle, keys, ...counted]);
}

/** The bytes of float32 values. */
export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
