// Vectors spilled to disk equal those in memory, and their file is unlinked.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { roomInMemory } from "../../../runtime/evaluate/room.js";
import { roomFor } from "../../../runtime/evaluate/room-on-disk.js";
import { stream } from "../../../runtime/random.js";

const rows = stream(3, "rows").fillNormal(new Float32Array(11 * 4));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vlmo-room-"));
  vi.stubEnv("TMPDIR", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  { where: "in memory", make: roomInMemory },
  { where: "in memory, since they are few", make: roomFor },
  { where: "on the disk", make: (count: number, width: number) => roomFor(count, width, 0) },
])("rows $where", ({ make }) => {
  it("are those that were added, from any row on", () => {
    const room = make(11, 4);
    for (const [from, to] of [[0, 3], [3, 4], [4, 11]] as const) room.add(rows.subarray(4 * from, 4 * to)); // prettier-ignore
    for (const [from, count] of [
      [0, 11],
      [2, 5],
      [10, 1],
    ] as const)
      // prettier-ignore
      expect(room.read(from, count)).toEqual(rows.subarray(4 * from, 4 * (from + count)));
    room.close();
  });

  it("have no visible file, even while in use", () => {
    const room = make(11, 4);
    room.add(rows);
    expect(readdirSync(folder)).toEqual([]);
    room.close();
  });
});

it("reports the folder if no file can be created in it", () => {
  rmSync(folder, { recursive: true });
  expect(() => roomFor(1, 1, 0)).toThrow(
    expect.objectContaining({ code: "V923", help: expect.stringContaining("TMPDIR") }),
  );
});
