// Run folders: one training at a time, no mixing of specs, nothing overwritten, and clear errors for impossible paths.
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vlmo, type Outcome } from "./command.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...path: readonly string[]): string => join(folder, ...path);

test("a second training of one folder is refused with the first one's PID, and the first is not disturbed", async () => {
  const line = ["train", "tiny.vlmo", "--out", "shared", "--set", "steps=100000", "--threads", "1"];
  let second: Promise<Outcome> | undefined;
  const first = await vlmo([...line, "--json"], {
    cwd: folder,
    watch: (stdout, kill) => {
      if (!stdout.includes('"kind":"step"')) return;
      second ??= vlmo([...line, "--resume"], { cwd: folder }).finally(() => kill("SIGINT"));
    },
  });
  const refused = await second;
  expect(refused?.stderr).toMatch(
    /^error\[V985\]: `shared` is in use: process \d+ has been training into it since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n {2}= help: wait/,
  );
  expect([refused?.exit, first.exit]).toEqual([1, 130]);
  const steps = first.stdout.match(/"kind":"step","stage":"first"/g)?.length;
  const logged = (await readFile(at("shared/metrics.jsonl"), "utf8")).match(/"kind":"step","stage":"first"/g)?.length;
  expect(steps).toBeGreaterThan(1);
  expect(logged).toBe(steps);
  expect((await readdir(at("shared"))).filter((name) => name.startsWith("run.lock"))).toEqual([]);
});

describe("a finished run", () => {
  beforeAll(async () => {
    const line = ["train", "tiny.vlmo", "--out", "kept", "--threads", "1", "--stage", "first"];
    expect((await inProcess(line, folder)).exit).toBe(0);
  });

  test("is not the predecessor of a stage if the spec has changed what it trained", async () => {
    const line = ["train", at("tiny.vlmo"), "--stage", "second", "--out", at("kept"), "--engine", "reference"];
    await writeFile(
      at("other.vlmo"),
      (await readFile(at("tiny.vlmo"), "utf8")).replace("temperature: 0.07", "temperature: 0.1"),
    );
    const { stderr, exit } = await inProcess([...line.with(1, at("other.vlmo")), "--resume"]);
    expect(stderr).toMatch(
      /error\[V986\]: stage `second` starts from `first`, which was trained as something else in this run: .*temperature` 0\.07 → 0\.1\n {2}--> .*other\.vlmo:\d+:19/,
    );
    expect(exit).toBe(1);
  });

  const damages: readonly {
    readonly title: string;
    readonly damage: (checkpoint: string) => Promise<void>;
    readonly says: string;
  }[] = [
    {
      title: "is truncated",
      damage: (path) => writeFile(join(path, "manifest.json"), '{"format":'),
      says: "is not JSON",
    },
    {
      title: "is of another program",
      damage: (path) => writeFile(join(path, "manifest.json"), "{}"),
      says: "is not that of a checkpoint",
    },
    { title: "is missing", damage: (path) => rm(join(path, "manifest.json")), says: "has no manifest.json" },
  ];

  test.each(damages)(
    "is not overwritten if its only manifest $title, with --resume or without",
    async ({ damage, says }) => {
      await cp(at("kept"), at("broken"), { recursive: true });
      await damage(at("broken/checkpoints/first-0000003"));
      const before = await readFile(at("broken/metrics.jsonl"), "utf8");
      for (const more of [[], ["--resume"]]) {
        const line = ["train", at("tiny.vlmo"), "--out", at("broken"), "--engine", "reference"];
        const { stderr, exit } = await inProcess([...line, ...more]);
        expect(stderr).toMatch(/^error\[V988\]: `.*broken` holds a run of which `.*first-0000003` cannot be used/m);
        expect(stderr).toContain(says);
        expect(exit).toBe(1);
      }
      expect(await readFile(at("broken/metrics.jsonl"), "utf8")).toBe(before);
      await rm(at("broken"), { recursive: true });
    },
  );

  test("does not retrain a stage over its broken checkpoints, even if another stage's are valid", async () => {
    await cp(at("kept"), at("half"), { recursive: true });
    await cp(at("half/checkpoints/first-0000003"), at("half/checkpoints/second-0000002"), { recursive: true });
    await writeFile(at("half/checkpoints/second-0000002/manifest.json"), "{");
    const line = ["train", at("tiny.vlmo"), "--out", at("half"), "--engine", "reference", "--resume"];
    const { stderr, exit } = await inProcess(line);
    expect(stderr).toMatch(/^error\[V988\]: `.*half` holds a run of which `.*second-0000002` cannot be used/m);
    expect(exit).toBe(1);
  });
});

describe("an impossible run folder is reported:", () => {
  beforeAll(async () => {
    await writeFile(at("file"), "");
    await symlink("nowhere", at("dangling"));
    await mkdir(at("empty"));
  });

  const places: readonly { readonly out: string; readonly says: string; readonly only?: NodeJS.Platform }[] = [
    { out: "file", says: "cannot write `file`: it is a file" },
    { out: "file/run", says: "cannot write `file/run`: a part of its path is not a folder" },
    { out: "dangling", says: "cannot write `dangling`: it is a link to something that does not exist" },
    { out: "x".repeat(300), says: "its name is longer than the system allows" },
    // Recursive mkdir never returns there.
    { out: "/proc/x", says: "cannot write `/proc/x`: nothing can be made in `/proc`", only: "linux" },
    { out: "/dev/null", says: "cannot write `/dev/null`: it is a pipe or a device", only: "linux" },
  ];

  test.each(places.filter(({ only = process.platform }) => only === process.platform))(
    "$says",
    async ({ out, says }) => {
      const { stderr, exit } = await inProcess(["train", "tiny.vlmo", "--out", out, "--engine", "reference"], folder);
      expect(stderr).toMatch(/^error\[V923\]: /m);
      expect(stderr).toContain(says);
      expect(exit).toBe(1);
    },
  );

  test.each([
    ["", "It should be a path."],
    [" ", "It should be a path."],
    ["a\nb", "It should be a path in one line"],
  ])("%j is not a path", async (out, says) => {
    const { stderr, exit } = await inProcess(["train", at("tiny.vlmo"), "--out", out]);
    expect(stderr).toContain(says);
    expect(exit).toBe(2);
  });
});
