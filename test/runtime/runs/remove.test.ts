// Removing runs: all files of a run, and nothing else.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lockRun } from "../../../runtime/train/lock.js";
import { inProcess } from "../cli/in-process.js";
import { make, runs } from "./made.js";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vlmo-runs-rm-"));
});
afterAll(() => rm(root, { recursive: true }));

const at = (...path: readonly string[]): string => join(root, ...path);

describe("removing a run", () => {
  let run = "";
  beforeEach(async () => {
    run = await mkdtemp(at("rm-"));
    await make(run, runs["best"] ?? {});
    await mkdir(join(run, "checkpoints/pairs-0000002"));
    await writeFile(join(run, "checkpoints/pairs-0000002/parameters.safetensors"), "x".repeat(2048));
    await mkdir(join(run, "pictures"));
    await writeFile(join(run, "pictures/pairs-loss.svg"), "<svg/>");
  });
  const remove = (...args: string[]) => inProcess(["runs", "rm", ...args]);

  test("requires confirmation by an option without a terminal", async () => {
    const { exit, stderr } = await remove(run);
    expect([exit, stderr]).toEqual([2, expect.stringContaining("add --yes")]);
    expect(existsSync(join(run, "run.json"))).toBe(true);
  });

  test("removes all files of the run", async () => {
    const { stdout, exit } = await remove(run, "--yes");
    expect(stdout).toMatch(/^removed .*: 1 checkpoint, \d/);
    expect([exit, existsSync(run)]).toEqual([0, false]);
  });

  test("accepts a run given twice", async () => {
    const { stdout, exit } = await remove(run, `${run}/`, "--yes");
    expect([stdout.match(/^removed /gm)?.length, exit]).toEqual([1, 0]);
  });

  test("requires paths", async () => {
    expect(await remove("", "--yes")).toMatchObject({ exit: 2, stderr: expect.stringContaining("should be a path") });
  });

  test("leaves other files and the targets of links", async () => {
    await mkdir(at("elsewhere"));
    await writeFile(at("elsewhere/precious-0000001"), "");
    await writeFile(join(run, "notes.txt"), "");
    await writeFile(join(run, "checkpoints/mine.safetensors"), "");
    await symlink(at("elsewhere"), join(run, "checkpoints/vision-0000002"));
    await rm(join(run, "pictures"), { recursive: true });
    await symlink(at("elsewhere"), join(run, "pictures"));
    const { stdout, exit } = await remove(run, "--yes", "--json");
    expect(JSON.parse(stdout).removed[0].left.toSorted()).toEqual([
      "checkpoints/mine.safetensors",
      "notes.txt",
      `pictures/ (a link to ${at("elsewhere")})`,
    ]);
    expect((await readdir(run)).toSorted()).toEqual(["checkpoints", "notes.txt"]);
    expect(await readdir(at("elsewhere"))).toEqual(["precious-0000001"]);
    expect(exit).toBe(0);
    await rm(at("elsewhere"), { recursive: true });
  });

  const refused: readonly { readonly title: string; readonly path: () => Promise<string>; readonly says: RegExp }[] = [
    { title: "a folder without a run", path: async () => root, says: /V968.*has no metrics\.jsonl/ },
    { title: "a missing folder", path: async () => at("nowhere"), says: /V968.*there is no such folder/ },
    {
      title: "a link to a run",
      path: async () => {
        await symlink(run, `${run}-link`);
        return `${run}-link`;
      },
      says: /V968.*it is a link to `[^]*name the folder that it leads to/,
    },
    {
      title: "a link to a run, with a trailing slash",
      path: async () => {
        await symlink(run, `${run}-link`);
        return `${run}-link/`;
      },
      says: /V968.*it is a link to `/,
    },
    {
      title: "a run of another program",
      path: async () => {
        await writeFile(join(run, "run.json"), "{}");
        return run;
      },
      says: /V968.*no run\.json says that vlmo has made it/,
    },
  ];
  test.each(refused)("refuses $title, and removes nothing", async ({ path, says }) => {
    const wrong = await path();
    const { exit, stderr } = await remove(run, wrong, "--yes");
    expect([exit, stderr]).toEqual([1, expect.stringMatching(says)]);
    expect(existsSync(join(run, "checkpoints/pairs-0000002"))).toBe(true);
  });

  test("refuses a run in progress", async () => {
    const lock = await lockRun(run);
    await make(at("other-run"), runs["best"] ?? {});
    const { exit, stderr } = await remove(at("other-run"), run, "--yes");
    lock.release();
    expect(existsSync(at("other-run/run.json"))).toBe(true);
    expect([exit, stderr]).toEqual([
      1,
      expect.stringMatching(/V985.*has been training into it since.*\n.*wait for it, or stop it/),
    ]);
    expect(existsSync(join(run, "metrics.jsonl"))).toBe(true);
  });
});
