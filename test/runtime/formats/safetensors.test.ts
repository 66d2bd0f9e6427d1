import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { hashFile, openSafetensors, readSafetensors, writeSafetensors } from "../../../runtime/formats/safetensors.js";
import { float32, int32, scalar, type Tensor } from "../../../runtime/tensor.js";
import { floats, safetensorsBytes } from "./build-files.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.safetensors`);
  writeFileSync(path, bytes);
  return path;
}

/** The VlmoError thrown by `read`. */
async function errorOf(read: Promise<unknown>): Promise<VlmoError> {
  const error = await read.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(VlmoError);
  return error as VlmoError;
}

const entry = (dtype: string, shape: readonly number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("element types", () => {
  const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  test.each([
    ["F32", Float32Array.of(1.5, -0, 3e38), float32([3], Float32Array.of(1.5, -0, 3e38))],
    ["F64", Float64Array.of(0.1, -Infinity, 2), float32([3], Float32Array.of(0.1, -Infinity, 2))],
    ["F16", Uint16Array.of(0x3c00, 0xc500, 0x0001), float32([3], Float32Array.of(1, -5, 2 ** -24))],
    ["F16", Uint16Array.of(0x7c00, 0x7bff, 0x7e00), float32([3], Float32Array.of(Infinity, 65504, NaN))],
    ["BF16", Uint16Array.of(0x3f80, 0xc0a0, 0x7f80), float32([3], Float32Array.of(1, -5, Infinity))],
    ["I64", BigInt64Array.of(-1n, 2147483647n, -2147483648n), int32([3], Int32Array.of(-1, 2147483647, -2147483648))],
    ["I32", Int32Array.of(-1, 0, 7), int32([3], Int32Array.of(-1, 0, 7))],
    ["I16", Int16Array.of(-300, 0, 7), int32([3], Int32Array.of(-300, 0, 7))],
    ["I8", Int8Array.of(-128, 0, 7), int32([3], Int32Array.of(-128, 0, 7))],
    ["U8", Uint8Array.of(255, 0, 7), int32([3], Int32Array.of(255, 0, 7))],
    ["BOOL", Uint8Array.of(1, 0, 255), int32([3], Int32Array.of(1, 0, 1))],
  ] as const)("%s is read as a host tensor", async (dtype, values, expected) => {
    const bytes = bytesOf(values);
    const path = fileOf(safetensorsBytes({ x: entry(dtype, [3], 0, bytes.length) }, bytes));
    expect((await readSafetensors(path)).get("x")).toEqual(expected);
  });

  test("F64 is read as a Float64Array on request", async () => {
    const path = fileOf(safetensorsBytes({ x: entry("F64", [1], 0, 8) }, bytesOf(Float64Array.of(0.1))));
    expect((await readSafetensors(path, { wide: true })).get("x")?.data).toEqual(Float64Array.of(0.1));
  });

  test.each([
    ["I64", BigInt64Array.of(0n, 2147483648n), "element 1, 2147483648, does not fit int32"],
    ["I64", BigInt64Array.of(-2147483649n, 0n), "element 0, -2147483649, does not fit int32"],
    ["F64", Float64Array.of(0, 1e39), "element 1, 1e+39, does not fit float32"],
  ] as const)("%s out of the host type's range is refused", async (dtype, values, reason) => {
    const path = fileOf(safetensorsBytes({ x: entry(dtype, [2], 0, 16) }, bytesOf(values)));
    const error = await errorOf(readSafetensors(path));
    expect(error).toMatchObject({ code: "V922", file: path });
    expect(error.message).toContain(`the tensor \`x\` of \`${path}\` cannot be read: ${reason}`);
  });
});

describe("damaged files", () => {
  const good = { a: entry("F32", [2], 0, 8) };
  const twice =
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
  const tooLong = Buffer.alloc(16, 0xff);
  test.each([
    ["an empty file", Buffer.alloc(0), "V924", "it is empty"],
    ["a header beyond all bounds", tooLong, "V924", "it begins with the bytes ff ff ff ff ff ff ff ff"],
    [
      "a header beyond the limit",
      Buffer.concat([Buffer.from([0, 0, 0, 6, 0, 0, 0, 0]), Buffer.from("{}")]),
      "V924",
      "100663296 bytes",
    ],
    ["a header longer than the file", safetensorsBytes(good).subarray(0, 20), "V921", "the file has 20"],
    ["a header that is not JSON", safetensorsBytes("{"), "V921", "header is malformed"],
    ["a header that is a list", safetensorsBytes("[]"), "V921", "not an object"],
    ["a header that is not UTF-8", safetensorsBytes("{}").fill(0xff, 8), "V921", "header"],
    ["a key twice", safetensorsBytes(twice, floats(1)), "V921", "the key `a` occurs twice"],
    ["a truncated file", safetensorsBytes(good, floats(1)), "V921", "it is cut off"],
    ["bytes after the last tensor", safetensorsBytes(good, floats(1, 2, 3)), "V921", "4 bytes after"],
    [
      "a gap between tensors",
      safetensorsBytes({ a: entry("F32", [1], 4, 8) }, floats(1, 2)),
      "V921",
      "4 bytes of no tensor before `a`",
    ],
    [
      "overlapping tensors",
      safetensorsBytes({ a: entry("F32", [2], 0, 8), b: entry("F32", [1], 4, 8) }, floats(1, 2)),
      "V921",
      "the tensor `b` overlaps `a`",
    ],
    [
      "a size other than the shape's",
      safetensorsBytes({ a: entry("F32", [3], 0, 8) }, floats(1, 2)),
      "V921",
      "is 12 bytes, but takes 8",
    ],
    [
      "a shape that overflows",
      safetensorsBytes({ a: entry("F32", [2 ** 40, 2 ** 40], 0, 8) }, floats(1, 2)),
      "V921",
      "takes 8",
    ],
    ["a negative dimension", safetensorsBytes({ a: entry("F32", [-1, -2], 0, 8) }, floats(1, 2)), "V921", "right form"],
    [
      "an end before the start",
      safetensorsBytes({ a: entry("F32", [2], 8, 0) }, floats(1, 2)),
      "V921",
      "ends before it begins",
    ],
    [
      "an offset that is not a number",
      safetensorsBytes({ a: { ...good.a, data_offsets: ["0", 8] } }, floats(1, 2)),
      "V921",
      "right form",
    ],
    ["a tensor that is not an object", safetensorsBytes({ a: 1 }), "V921", "right form"],
    [
      "an unknown element type",
      safetensorsBytes({ a: entry("C64", [1], 0, 8) }, floats(1, 2)),
      "V922",
      "its element type is C64; read are F64",
    ],
    ["metadata that is not a map of strings", safetensorsBytes({ __metadata__: { a: 1 } }), "V921", "`__metadata__`"],
  ] as const)("%s gives a typed error with the file's name", async (_, bytes, code, words) => {
    const path = fileOf(bytes);
    const error = await errorOf(readSafetensors(path));
    expect(error).toMatchObject({ code, file: path });
    expect(error.message).toContain(words);
    expect(error.message).toContain(path);
    expect(error.help.length).toBeGreaterThan(10);
  });

  test.each([
    ["missing.safetensors", "it does not exist"],
    [".", "it is a folder"],
  ])("%s cannot be read: %s", async (name, reason) => {
    const error = await errorOf(openSafetensors(join(folder, name)));
    expect(error.code).toBe("V920");
    expect(error.message).toContain(reason);
  });

  test("any mutation of a valid file gives a typed error or a valid read", async () => {
    const header = {
      __metadata__: { a: "b" },
      x: entry("F32", [2], 0, 8),
      y: entry("I64", [1], 8, 16),
      z: entry("BF16", [2, 1], 16, 20),
    };
    const valid = safetensorsBytes(header, new Uint8Array(20).fill(1));
    const path = join(folder, "mutated.safetensors");
    const mutation = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.nat(valid.length),
        async (mutations, cut) => {
          const bytes = Buffer.from(valid.subarray(0, cut % 4 === 0 ? cut : valid.length));
          for (const [at, value] of mutations) bytes[at] = value;
          writeFileSync(path, bytes);
          const result = await readSafetensors(path).catch((error: unknown) => error);
          expect(result instanceof VlmoError || result instanceof Map).toBe(true);
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });
});

describe("writing", () => {
  const tensors = new Map<string, Tensor>([
    ["b.weight", float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, NaN))],
    ["a.ids", int32([2], Int32Array.of(-5, 7))],
    ["wide", { dtype: "float32", shape: [1], data: Float64Array.of(Math.PI) }],
    ["scale", scalar(2.5)],
    ["empty", float32([0, 4])],
    ["__proto__", scalar(3)],
  ]);

  test("is read back bit for bit, with metadata", async () => {
    const path = join(folder, "written.safetensors");
    const written = await writeSafetensors(path, tensors, new Map([["format", "pt"]]));
    expect(await readSafetensors(path, { wide: true })).toEqual(
      new Map([...tensors].sort(([a], [b]) => (a < b ? -1 : 1))),
    );
    const file = await openSafetensors(path);
    await file.close();
    expect(file.metadata).toEqual(new Map([["format", "pt"]]));
    expect(await hashFile(path)).toEqual(written);
  });

  test("aligns tensors to their element size and sorts them by name", async () => {
    const path = join(folder, "aligned.safetensors");
    await writeSafetensors(path, tensors);
    const { entries, close } = await openSafetensors(path);
    await close();
    expect([...entries.values()].sort((a, b) => a.begin - b.begin).map(({ name }) => name)).toEqual(
      ["wide", "__proto__", "a.ids", "b.weight", "empty", "scale"].sort(
        (a, b) => Number(b === "wide") - Number(a === "wide"),
      ),
    );
    expect(entries.get("wide")?.begin).toSatisfy((begin: number) => begin % 64 === 0);
  });

  test("writes only the elements of a view into a larger buffer", async () => {
    const path = join(folder, "view.safetensors");
    await writeSafetensors(path, new Map([["x", float32([2], Float32Array.of(0, 1, 2, 3).subarray(1, 3))]]));
    expect((await readSafetensors(path)).get("x")?.data).toEqual(Float32Array.of(1, 2));
  });

  test("keeps the old file on a full disk, leaves no temporary files, and gives a remedy", async () => {
    const path = join(folder, "full", "x.safetensors");
    const { mkdirSync } = await import("node:fs");
    mkdirSync(join(folder, "full"));
    await writeSafetensors(path, new Map([["old", scalar(1)]]));
    const before = readFileSync(path);
    const handle = await open(path);
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const spy = vi.spyOn(prototype, "write").mockRejectedValue(full);
    const error = await errorOf(writeSafetensors(path, new Map([["new", scalar(2)]])));
    spy.mockRestore();
    expect(error).toMatchObject({ code: "V923", file: path, help: "free some space, then run the command again" });
    expect(error.message).toContain("the disk is full");
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(join(folder, "full"))).toEqual(["x.safetensors"]);
  });

  test("reports a missing folder", async () => {
    const error = await errorOf(writeSafetensors(join(folder, "nowhere", "x.safetensors"), tensors));
    expect(error.code).toBe("V923");
    expect(error.message).toContain("there is no folder for it");
  });
});
