// Hand-made .pt files in a test's folder, and the results of reading them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { openTorch } from "../../../runtime/formats/torch-pickle.js";
import { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { floats, op, torchArchive } from "./build-files.js";

/** A temporary folder for a test file. */
export function torchFiles() {
  const folder = mkdtempSync(join(tmpdir(), "vlmo-torch-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let files = 0;
  const fileOf = (bytes: Uint8Array): string => {
    const path = join(folder, `${files++}.pt`);
    writeFileSync(path, bytes);
    return path;
  };
  return {
    folder,
    fileOf,
    /** A file of these opcodes, with a storage `0` of six numbers. */
    pickled: (...ops: Buffer[]): string =>
      fileOf(torchArchive(Buffer.concat([op.proto(), ...ops, op.stop]), { 0: floats(0, 1, 2, 3, 4, 5) })),
    rootOf: async (path: string) => {
      const file = await openTorch(path);
      await file.close();
      return file.root;
    },
  };
}

/** The VlmoError thrown by `read`. */
export async function errorOf(read: Promise<unknown>): Promise<VlmoError> {
  const error = await read.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(VlmoError);
  return error as VlmoError; // checked above
}
