// Output that cannot be written, as to a log on a full disk: commands finish their work, and the exit code reports the loss.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vlmo } from "./command.js";
import { workFolder } from "./tiny.js";

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const lost = "error: the output of this command can no longer be written: the disk is full\n";

describe.skipIf(process.platform !== "linux")("with output to a full disk", () => {
  test("a check does not exit with 0", async () => {
    const { exit, stderr } = await vlmo(["check", "tiny.vlmo"], { cwd: folder, toFullDisk: true });
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: lost });
  });

  test("a training runs to its end", async () => {
    const args = ["train", "tiny.vlmo", "--stage", "first", "--out", "run", "--json", "--threads", "1"];
    const { exit, stderr } = await vlmo(args, { cwd: folder, toFullDisk: true });
    expect(exit).toBe(1);
    expect(stderr.split(lost)).toHaveLength(2);
    expect(await readdir(join(folder, "run", "checkpoints"))).toHaveLength(1);
  });
});

test("output larger than a pipe's buffer arrives complete, even if read late", async () => {
  const { exit, stdout } = await vlmo(["build", "specs/vlmo-base.vlmo", "--emit", "ast"], { readAfter: 1000 });
  expect(exit).toBe(0);
  expect(stdout.length).toBeGreaterThan(100_000);
  expect(JSON.parse(stdout)).toMatchObject({ kind: "file" });
});
