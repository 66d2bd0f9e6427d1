// A new folder for every test, files in it, and the errors of opening data in it.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeEach } from "vitest";

import type { DataSet } from "../../../runtime/data/sources/data-set.js";
import { mistakesIn } from "../../../runtime/errors/vlmo-error.js";

/** A folder on disk. */
export interface Disk {
  /** The folder of the running test. */
  readonly folder: string;
  /** Writes files; null stands for an image. */
  write(files: Readonly<Record<string, string | Buffer | null>>): Promise<void>;
  /** The errors of opening data, without the folder's path. */
  mistakes(opening: Promise<unknown>): Promise<string[]>;
}

/** 4 × 4 pixels. */
export const redImage = await sharp({ create: { width: 4, height: 4, channels: 3, background: "#ff0000" } })
  .png()
  .toBuffer();

/** Provides a folder for each test of a file. */
export function useDisk(): Disk {
  const folders: string[] = [];
  beforeEach(async () => {
    folders.push(await mkdtemp(path.join(tmpdir(), "vlmo-data-")));
  });
  afterAll(() => Promise.all(folders.map((each) => rm(each, { recursive: true }))));
  const now = (): string => folders.at(-1) ?? "";
  return {
    get folder() {
      return now();
    },
    write: async (files) => {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(path.join(now(), path.dirname(name)), { recursive: true });
        await writeFile(path.join(now(), name), content ?? redImage);
      }
    },
    mistakes: async (opening) => {
      const found = await opening.then(() => [], mistakesIn);
      const place = (file: string | undefined, line: number | undefined) => `${file ?? ""}${line ? `:${line}` : ""}`;
      return found.map(({ code, message, file, line }) =>
        `${code} ${place(file, line)} ${message}`.replaceAll(`${now()}/`, "").replaceAll(now(), ""),
      );
    },
  };
}

export const itemsOf = (set: DataSet) => Array.from({ length: set.length }, (_, i) => set.item(i));

export const digestOf = (set: DataSet): string => JSON.stringify([...set.digests.values()]);
