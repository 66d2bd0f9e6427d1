import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  checkpointManifest,
  damagedCheckpoints,
  latestCheckpoint,
  createSaver,
  writeCheckpoint,
} from "../../../runtime/checkpoint/index.js";
import { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { contentsOf } from "./contents.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-manifest-"));
afterAll(() => rmSync(folder, { recursive: true }));

let places = 0;
const newPlace = () => join(folder, `${places++}`, "saved");

describe("the manifest's checksum", () => {
  test("detects a flipped bit in any byte of a manifest", async () => {
    const place = newPlace();
    await writeCheckpoint(place, contentsOf({ step: 12 }));
    const path = join(place, "manifest.json");
    const valid = readFileSync(path);
    const accepted: string[] = [];
    // Each byte once, its bits in turn.
    for (let at = 0; at < valid.length; at += 1) {
      const bytes = Buffer.from(valid);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, bytes);
      const read = await checkpointManifest(place).catch((error: unknown) => error);
      if (!(read instanceof VlmoError)) accepted.push(`byte ${at}`);
    }
    expect(accepted).toEqual([]);
    expect(valid.length).toBeGreaterThan(1000);
  });

  test("reports a number edited by hand as a change", async () => {
    const place = newPlace();
    await writeCheckpoint(place, contentsOf({ step: 12 }));
    const path = join(place, "manifest.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"step": 12', '"step": 13'));
    const error = await checkpointManifest(place).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      ...{ code: "V929", file: place, help: expect.stringContaining("move that folder away") },
      message: expect.stringContaining("its manifest.json was changed after it was written"),
    });
  });
});

test("a damaged manifest is skipped in listings, and reported if its checkpoint is requested", async () => {
  const root = newPlace();
  for (const step of [1, 2, 3]) await createSaver(root)(contentsOf({ step }), { keep: 3 });
  mkdirSync(join(root, "notes"));
  writeFileSync(join(root, "fusion-0000003", "manifest.json"), "{");
  expect((await latestCheckpoint(root))?.manifest.step).toBe(2);
  const damaged = await damagedCheckpoints(root);
  expect(damaged.map(({ folder: place, reason }) => [place, reason.code])).toEqual([
    [join(root, "fusion-0000003"), "V928"],
  ]);
});
