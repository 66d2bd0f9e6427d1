// `vlmo test`: output, recorded traces and exit code.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const fixtures = "test/fixtures/tests";
let folder = "";
const run = (file: string, ...more: readonly string[]) =>
  inProcess(["test", join(folder, file), "--engine", "reference", ...more]);

/** The tiny specification with blocks appended. */
const tinyAnd = (more: string): string => `${tinySpec}\n${more}\n`;
const traced = tinyAnd(`test "it is as before" {
  train first for 2 steps on shapes(scenes: 8)
  trace loss ± 0.1%
}

test "the rate is as before" {
  train first for 2 steps on shapes(scenes: 8)
  trace lr ± 0
}`);

beforeAll(async () => {
  folder = await workFolder({
    "traced.vlmo": traced,
    "params.vlmo": tinyAnd('expect "the steps of a run" { steps == 3 }\nparam wide: count = 8'),
  });
  await mkdir(join(folder, "many/deep"), { recursive: true });
  await writeFile(join(folder, "many/broken.vlmo"), tinySpec.replace("width: 8", "widht: 8"));
  await writeFile(join(folder, "many/deep/right.vlmo"), tinyAnd('expect "it holds" { parameters(Tiny) > 0 }'));
  await writeFile(join(folder, "many/deep/without.vlmo"), tinySpec);
  await writeFile(join(folder, "many/notes.txt"), "no specification");
});
afterAll(() => rm(folder, { recursive: true }));

test("every failure is reported with its place and values", async () => {
  const { stdout, stderr, exit } = await inProcess(["test", `${fixtures}/failing.vlmo`, "--engine", "reference"]);
  const shown = stdout.replaceAll(process.cwd(), "…").replace(/ {2}[\d.]+ m?s$/gm, "  TIME");
  await expect(shown).toMatchFileSnapshot(join(process.cwd(), fixtures, "failing.txt"));
  expect(stderr).toBe("");
  expect(exit).toBe(1);
}, 180_000);

test("the shipped tests pass, with one line each", async () => {
  const { stdout, stderr, exit } = await inProcess(["test", "specs/tests.vlmo", "--threads", "1"]);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^specs\/tests\.vlmo\n( {2}✓ .+\n){4}\n4 passed {2}[\d.]+ s\n$/);
  expect(exit).toBe(0);
}, 180_000);

test("traces are recorded on request, compared, kept while they agree, and removed with their test", async () => {
  const file = join(folder, "traced.traces.txt");
  const read = () => readFile(file, "utf8");
  const before = await run("traced.vlmo");
  expect(before.stdout).toMatch(/error\[V942\]: `.*traced\.traces\.txt` holds no recorded `loss`/);
  expect(before.exit).toBe(1);

  const one = await run("traced.vlmo", "--update", "--only", "RATE");
  expect(one.stdout).toMatch(/✓ the rate is as before .*\nrecorded traces → .*traced\.traces\.txt\n/);
  expect(await read()).toMatch(/^# .*\n\n"the rate is as before": lr of first\n {2}1 {2}0\.001\n {2}2 {2}0\.001\n$/);
  expect((await run("traced.vlmo", "--update")).exit).toBe(0);
  const whole = await read();
  expect(whole).toMatch(/^#.*\n\n"it is as before": loss of first\n[^]*\n\n"the rate is as before": lr of first\n/);
  expect((await run("traced.vlmo")).stdout).toMatch(/\n2 passed/);

  const near = whole.replace(/(: loss of first\n +1 +)(\S+)/, (_, start, value) => `${start}${Number(value) * 1.0005}`);
  await writeFile(file, near);
  expect((await run("traced.vlmo", "--update")).stdout).not.toContain("recorded traces");
  expect(await read()).toBe(near);

  await writeFile(file, whole.replace(/(: lr of first\n +1 +)\S+/, "$10.002"));
  expect((await run("traced.vlmo")).stdout).toMatch(
    /error\[V941\]: `lr` of `first` .*: step 1 is 0\.001 and was 0\.002/,
  );

  await writeFile(file, `${whole}\nsomebody was here\n`);
  expect((await run("traced.vlmo", "--update")).stdout).toMatch(/error\[V943\]: `.*` cannot be read at line 11/);

  await writeFile(file, whole);
  await writeFile(join(folder, "traced.vlmo"), traced.replace("  trace loss ± 0.1%", "  lr.last > 0"));
  expect((await run("traced.vlmo", "--update")).exit).toBe(0);
  expect(await read()).not.toContain("loss of first");
});

test("a file with errors is reported and fails, and the others are tested", async () => {
  const { stdout, exit } = await run("many");
  expect(stdout).toMatch(
    /broken\.vlmo\n {2}✗ not tested: 1 error\n\nerror\[V201\][^]*deep\/right\.vlmo\n {2}✓ it holds\n\n1 passed, 1 file with errors/,
  );
  expect(exit).toBe(1);
});

test("--json gives one document", async () => {
  const { stdout, exit } = await run("many", "--json");
  const { passed, failed, results } = JSON.parse(stdout);
  expect([passed, failed, exit]).toEqual([1, 1, 1]);
  expect(results).toMatchObject([
    { kind: "file", title: null, status: "failed", failures: [{ code: "V201", severity: "error" }] },
    { kind: "expect", title: "it holds", status: "passed", failures: [] },
  ]);
});

test("an expectation broken by --set fails here, unlike in other commands", async () => {
  const file = join(folder, "params.vlmo");
  const checked = await inProcess(["check", file, "--set", "steps=4"]);
  expect([checked.exit, checked.stdout + checked.stderr]).toEqual([0, expect.stringMatching(/warning\[V645\]/)]);
  expect((await run("params.vlmo")).exit).toBe(0);
  const { stdout, exit } = await run("params.vlmo", "--set", "steps=4");
  expect(stdout).toMatch(/✗ the steps of a run\n\nerror\[V601\]: expected `steps == 3`, but it is 4/);
  expect(exit).toBe(1);
});

test.each([
  {
    title: "a file without blocks",
    args: ["many/deep/without.vlmo"],
    stderr: /V944[^]*no `expect` and no `test` block/,
  },
  {
    title: "an unknown title",
    args: ["many/deep", "--only", "x y"],
    stderr: /V944[^]*no title contains "x y"\n.*a part of a title: "/,
  },
])("$title is a mistake", async ({ args: [file = "", ...more], stderr }) => {
  const outcome = await run(file, ...more);
  expect(outcome.stderr).toMatch(stderr);
  expect(outcome.exit).toBe(1);
});

test("a missing file is reported", async () => {
  const { stdout, exit } = await run("nowhere.vlmo");
  expect(stdout).toMatch(/error\[V101\]/);
  expect(exit).toBe(1);
});
