// Files given by mistake in place of a checkpoint, and their messages.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openTensors } from "../../../runtime/formats/tensor-file.js";
import { readSafetensors } from "../../../runtime/formats/safetensors.js";
import { openTorch } from "../../../runtime/formats/torch-pickle.js";
import { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { dictPickle, floats, safetensorsBytes, tensorOps, torchArchive, zip } from "./build-files.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-recognise-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function told(read: Promise<unknown>): Promise<{ code: string; said: string; help: string }> {
  const error: unknown = await read.then(
    () => new Error("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof VlmoError)) throw error;
  return { code: error.code, said: error.message.replace(/^.*? read: /s, ""), help: error.help };
}

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 350123456\n";
const tar = Buffer.alloc(1024);
tar.write("storages", 0);
tar.write("ustar", 257);

const strangers: readonly (readonly [what: string, bytes: Uint8Array, said: string, help: RegExp])[] = [
  ["nothing", Buffer.alloc(0), "it is empty", /again/],
  [
    "a Git LFS pointer",
    Buffer.from(pointer),
    "it is a Git LFS pointer: it stands for a file of 350,123,456 bytes that was not downloaded",
    /git lfs pull/,
  ],
  ["a web page with a byte-order mark", Buffer.from("\ufeff<html><head>"), "it is a web page (HTML)", /browser/],
  ["a web page", Buffer.from("\n<!DOCTYPE HTML>\n<html>Sign in"), "it is a web page (HTML)", /browser/],
  [
    "a file server's error",
    Buffer.from('\xef\xbb\xbf<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>', "latin1"),
    'it is XML, as file servers send errors: `<?xml version="1.0"?> <Error><Code>NoSuchKey</Code></Error>`',
    /browser/,
  ],
  [
    "a service's error",
    Buffer.from('{"error": "Repository not found"}'),
    'it is JSON, not tensors: `{"error": "Repository not found"}`',
    /weights beside it/,
  ],
  ["a line of text", Buffer.from("Entry not found"), "it is text: `Entry not found`", /download/],
  ["gzip", gzipSync("x"), "it is compressed with gzip", /gunzip FILE/],
  ["Zstandard", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), "it is compressed with Zstandard", /unzstd FILE/],
  ["bzip2", Buffer.from("BZh91AY&SY\0"), "it is compressed with bzip2", /bunzip2 FILE/],
  ["a tar archive", tar, "it is a tar archive", /tar -xf/],
  [
    "NumPy's .npy",
    Buffer.from("\x93NUMPY\x01\0", "latin1"),
    "it is one array of NumPy (.npy), without a name",
    /save_file/,
  ],
  ["HDF5", Buffer.from("\x89HDF\r\n\x1a\n", "latin1"), "it is HDF5, as Keras writes weights", /save_file/],
  ["GGUF", Buffer.from("GGUF\x03\0\0\0", "latin1"), "it is GGUF, whose weights are quantized", /save_file/],
  ["a picture", Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "it is an image or a document", /weights/],
  ["a script", Buffer.from("#!/bin/sh\n"), "it is a program", /weights/],
  [
    "bytes of no known kind",
    Buffer.from([1, 2, 3, 0xfe, 0xff, 6, 7, 8, 9]),
    "it is of a format that is not known: it begins with the bytes 01 02 03 fe ff 06 07 08",
    /safetensors/,
  ],
  ["NumPy's .npz", zip([{ name: "w.npy", data: floats(1) }]), "it is NumPy's .npz", /save_file/],
  [
    "a zip around a file",
    zip([{ name: "m/a.pt", data: floats(1) }]),
    "it is a zip archive that holds `m/a.pt`",
    /unzip/,
  ],
];

describe.each(["pt", "safetensors"])("as a .%s file", (ending) => {
  test.each(strangers)("%s is reported with its format", async (what, bytes, said, help) => {
    const path = join(folder, `${what.replace(/\W/g, "-")}.${ending}`);
    writeFileSync(path, bytes);
    const outcome = await told(openTensors(path));
    expect(outcome).toMatchObject({ code: "V924", said });
    expect(outcome.help).toMatch(help);
    // Readers of a single format report the same, as far as the first bytes identify it.
    if (bytes[0] !== 0x50)
      expect([await told(readSafetensors(path)), await told(openTorch(path))]).toEqual([outcome, outcome]);
  });
});

test("control characters are escaped in messages", async () => {
  const path = join(folder, "escape.pt");
  writeFileSync(path, "\x9b2J<not html> \u202e evil");
  expect((await told(openTensors(path))).said).toBe("it is text: `\\u009b2J<not html> \\u202e evil`");
});

describe("a folder", () => {
  const weights = safetensorsBytes({ x: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, floats(7));
  const pickled = torchArchive(dictPickle({ x: tensorOps({ count: 1, shape: [1], strides: [1] }) }), { 0: floats(7) });
  const made = (name: string, files: Readonly<Record<string, Uint8Array>>): string => {
    const path = join(folder, name);
    mkdirSync(path);
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(path, file), bytes);
    return path;
  };
  test.each([
    ["model.safetensors", { "model.safetensors": weights, "pytorch_model.bin": pickled, "other.safetensors": weights }],
    ["pytorch_model.bin", { "pytorch_model.bin": pickled, "config.json": Buffer.from("{}") }],
    ["last.ckpt", { "last.ckpt": pickled, "notes.txt": Buffer.from("x") }],
  ])("is read as its %s", async (picked, files) => {
    const path = made(`with-${picked}`, files);
    const file = await openTensors(path);
    await file.close();
    expect([file.path, file.tensors.map(({ key }) => key)]).toEqual([join(path, picked), ["x"]]);
  });

  test.each([
    ["no weights", { "notes.txt": Buffer.from("x") }, "it is a folder without a file of weights", "name the file"],
    ["several files", { "b.pt": pickled, "a.pt": pickled }, "it is a folder that holds a.pt, b.pt", "such as"],
  ])("with %s is reported with the paths to give instead", async (name, files, said, help) => {
    const outcome = await told(openTensors(made(name, files)));
    expect(outcome).toMatchObject({ code: "V924", said });
    expect(outcome.help).toContain(help);
  });
});
