// `vlmo show`, `vlmo diff` and `vlmo check --fix`: output, exit codes, JSON, files on the disk.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const child = `vlmo 1

import { Tiny } from "./tiny.vlmo"

model Deeper extends Tiny {
  layers: 3
}
`;

let folder = "";
beforeEach(async () => {
  folder = await workFolder({
    "child.vlmo": child,
    "other.vlmo": tinySpec.replace("temperature: 0.07", "temperature: 0.1"),
    "typos.vlmo": tinySpec
      .replace("lr: 1e-3", "rl: 1e-3")
      .replace("batch: 4", "bacth: 4")
      .replace("size: 16px", "size: 16"),
  });
});
afterEach(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => inProcess(args, folder);

describe("show", () => {
  test("prints a declaration with what it inherits", async () => {
    const { exit, stdout, stderr } = await run("show", "child.vlmo", "Deeper");
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^model Deeper \{\n {2}layers: 3\n {2}width: 8\n/);
    expect(stdout).not.toContain("//");
  });

  test("--origins shows the origin of each value, --set included", async () => {
    const { stdout } = await run("show", "child.vlmo", "Deeper", "--origins");
    expect(stdout).toMatch(/layers: 3 +\/\/ child\.vlmo:6 \(Deeper\); over 1 from tiny\.vlmo:6 \(Tiny\)\n/);
    const stage = await run("show", "tiny.vlmo", "first", "--origins", "--set", "steps=7");
    expect(stage.stdout).toMatch(
      /steps: 7 +\/\/ tiny\.vlmo:\d+ \(first\); param steps = 7 from --set, over 3 from tiny/,
    );
    expect(stage.stdout).toMatch(/seed: 0 +\/\/ default\n/);
  });

  test("--json has the entries with their spans, and the text", async () => {
    const { exit, stdout } = await run("show", "child.vlmo", "Deeper", "--json");
    expect(exit).toBe(0);
    const { kind, body, text, extends: parents } = JSON.parse(stdout);
    expect([kind, parents]).toEqual([
      "model",
      [{ name: "Tiny", place: { file: "tiny.vlmo", line: 5, declaration: "Tiny" } }],
    ]);
    expect(body[0]).toMatchObject({
      key: "layers",
      value: "3",
      place: { file: "child.vlmo", line: 6 },
      over: [{ value: "1", place: { file: "tiny.vlmo", line: 6, declaration: "Tiny" } }],
    });
    expect(text).toMatch(/^model Deeper \{/);
  });

  test("a file with errors is shown and its errors are reported", async () => {
    const { exit, stdout, stderr } = await run("show", "typos.vlmo", "Tiny");
    expect(exit).toBe(1);
    expect(stdout).toContain("size: 16\n");
    expect(stderr).toMatch(/error\[V205\]/);
  });

  test("reports a misspelt name and a missing file", async () => {
    const misspelt = await run("show", "child.vlmo", "Deepr");
    expect([misspelt.exit, misspelt.stderr]).toEqual([
      1,
      expect.stringMatching(/V961.*`Deepr`[^]*did you mean `Deeper`/),
    ]);
    const absent = await run("show", "nowhere.vlmo", "A");
    expect([absent.exit, absent.stderr]).toEqual([1, expect.stringMatching(/V101[^]*nowhere\.vlmo/)]);
  });
});

describe("diff", () => {
  test("prints differences and exits with 0, or with 1 given --exit-code", async () => {
    const { exit, stdout } = await run("diff", "tiny.vlmo", "other.vlmo");
    expect([exit, stdout]).toEqual([0, "tiny.vlmo → other.vlmo\n\nhead contrast\n  temperature  0.07 → 0.1\n"]);
    expect((await run("diff", "tiny.vlmo", "other.vlmo", "--exit-code")).exit).toBe(1);
    const same = await run("diff", "tiny.vlmo", "tiny.vlmo", "--exit-code");
    expect([same.exit, same.stdout]).toEqual([0, "no difference in meaning\n"]);
  });

  test("compares two declarations of a file", async () => {
    const { exit, stdout } = await run("diff", "tiny.vlmo", "first", "second");
    expect(exit).toBe(0);
    expect(stdout).toMatch(/stage first → second\n {2}from +scratch → first\n {2}learn\.match +none → 1\n/);
  });

  test("--json has the changes as data", async () => {
    const { stdout } = await run("diff", "tiny.vlmo", "other.vlmo", "--json");
    expect(JSON.parse(stdout)).toEqual({
      before: "tiny.vlmo",
      after: "other.vlmo",
      same: false,
      declarations: [
        {
          kind: "head",
          before: "contrast",
          after: "contrast",
          changes: [{ group: "", what: "temperature", before: "0.07", after: "0.1" }],
        },
      ],
    });
  });

  test.each([
    { args: ["tiny.vlmo", "typos.vlmo"], exit: 1, stderr: /error\[V210\]/ },
    { args: ["tiny.vlmo", "first", "secnd"], exit: 1, stderr: /no declaration `secnd`[^]*did you mean `second`/ },
    { args: ["tiny.vlmo", "first", "Tiny"], exit: 2, stderr: /of different kinds/ },
    { args: ["tiny.vlmo", "first", "second", "third"], exit: 2, stderr: /more than two names/ },
  ])("diff $args exits with $exit", async ({ args, exit, stderr }) => {
    const outcome = await run("diff", ...args);
    expect(outcome.exit).toBe(exit);
    expect(outcome.stderr).toMatch(stderr);
  });

  test("ignores expectations that a change breaks", async () => {
    await writeFile(join(folder, "other.vlmo"), `${tinySpec}\nexpect "size" { parameters(Tiny) == 1 }\n`);
    const { exit, stdout, stderr } = await run("diff", "tiny.vlmo", "other.vlmo");
    expect([exit, stdout, stderr]).toEqual([0, "no difference in meaning\n", ""]);
    expect((await run("check", "other.vlmo")).stderr).toMatch(/error\[V601\]/);
  });
});

describe("check --fix", () => {
  test("fixes a file and lists the fixes", async () => {
    const { exit, stdout, stderr } = await run("check", "typos.vlmo", "--fix");
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n").filter((line) => line.startsWith("fixed"))).toHaveLength(3);
    expect(stdout).toMatch(/fixed typos\.vlmo:10:17 V205: `16` → `16px`\n/);
    expect(stdout).toMatch(/✓ typos\.vlmo: no mistakes found\n$/);
    expect(await readFile(join(folder, "typos.vlmo"), "utf8")).toBe(tinySpec);
    expect((await readdir(folder)).toSorted()).toEqual(["child.vlmo", "other.vlmo", "tiny.vlmo", "typos.vlmo"]);
  });

  test("changes only the files given", async () => {
    await writeFile(join(folder, "child.vlmo"), child.replace("./tiny.vlmo", "./typos.vlmo"));
    const { exit, stderr } = await run("check", "child.vlmo", "--fix");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/remed(y|ies) not applied, in typos\.vlmo/);
    expect(await readFile(join(folder, "typos.vlmo"), "utf8")).toContain("bacth: 4");
  });

  test("--json lists fixes and remaining mistakes", async () => {
    const { exit, stdout } = await run("check", "typos.vlmo", "--fix", "--json");
    expect(exit).toBe(0);
    const { fixed, diagnostics } = JSON.parse(stdout);
    expect(diagnostics).toEqual([]);
    expect(fixed).toContainEqual(
      expect.objectContaining({ code: "V201", file: "typos.vlmo", before: "bacth", after: "batch" }),
    );
  });

  test("does not write a file without mistakes", async () => {
    const { exit, stdout } = await run("check", "tiny.vlmo", "--fix");
    expect([exit, stdout]).toEqual([0, "✓ tiny.vlmo: no mistakes found\n"]);
  });
});

test("check accepts a folder as all specifications in it", async () => {
  const { exit, stdout } = await run("check", ".", "--json");
  expect(exit).toBe(1);
  expect(JSON.parse(stdout).files).toEqual(["child.vlmo", "other.vlmo", "tiny.vlmo", "typos.vlmo"]);
});

test("diff compares a declaration with the imported one that it extends", async () => {
  const { exit, stdout } = await run("diff", "child.vlmo", "Tiny", "Deeper");
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^model Tiny → Deeper\n {2}layers +1 → 3$/m);
});

test("no help is wider than 80 columns", async () => {
  const commands = ["check", "test", "plan", "show", "fmt", "diff", "explain"];
  for (const command of commands) {
    const { stdout } = await run("help", command);
    expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
  }
});
