// `vlmo fmt` interactively and in CI: which files are written, and the exit codes.
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, afterEach, expect, test } from "vitest";
import { vlmo } from "./command.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

const loose = "vlmo 1\nparam   a=1 // why\n";
const canonical = "vlmo 1\n\nparam a = 1 // why\n";
const broken = "vlmo 1\nmodel A { a = 1 }\n";

let folder = "";
beforeEach(async () => {
  folder = await workFolder({ "loose.vlmo": loose, "canonical.vlmo": canonical, "broken.vlmo": broken });
});
afterEach(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => inProcess(["fmt", ...args], folder);
const text = (name: string) => readFile(join(folder, name), "utf8");

test("rewrites files that are not canonical, and lists them", async () => {
  const { exit, stdout, stderr } = await run("loose.vlmo", "canonical.vlmo");
  expect([exit, stdout, stderr]).toEqual([0, "loose.vlmo\n", "✓ 2 files: 1 formatted\n"]);
  expect(await text("loose.vlmo")).toBe(canonical);
});

test("a second run changes nothing, not even the modification time", async () => {
  await run("loose.vlmo");
  const before = await stat(join(folder, "loose.vlmo"));
  const { exit, stdout, stderr } = await run("loose.vlmo");
  expect([exit, stdout, stderr]).toEqual([0, "", "✓ 1 file: canonical\n"]);
  expect(await stat(join(folder, "loose.vlmo"))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
});

test("--check lists the files that would change, changes none, exits with 1", async () => {
  const { exit, stdout, stderr } = await run("--check", "loose.vlmo", "canonical.vlmo");
  expect([exit, stdout, stderr]).toEqual([1, "loose.vlmo\n", "✗ 2 files: 1 would change\n"]);
  expect(await text("loose.vlmo")).toBe(loose);
  expect((await run("--check", "canonical.vlmo")).exit).toBe(0);
});

test("a file with syntax errors is left alone, the others are written", async () => {
  const { exit, stdout, stderr } = await run("broken.vlmo", "loose.vlmo", "nowhere.vlmo");
  expect([exit, stdout]).toEqual([1, "loose.vlmo\n"]);
  expect(stderr).toMatch(/error\[V028\][^]*--> broken\.vlmo:2:13[^]*error\[V101\]: cannot read `nowhere\.vlmo`/);
  expect(stderr).toMatch(/✗ 3 files: 1 formatted, 2 left alone for mistakes\n$/);
  expect(await text("broken.vlmo")).toBe(broken);
});

test("a folder stands for all specifications below it, without hidden folders", async () => {
  for (const inner of ["folder/deeper", "folder/.cache", "folder/node_modules"]) {
    await mkdir(join(folder, inner), { recursive: true });
    await writeFile(join(folder, inner, "one.vlmo"), loose);
  }
  await writeFile(join(folder, "folder/notes.txt"), loose);
  const { exit, stdout } = await run("folder", "folder/deeper/one.vlmo");
  expect([exit, stdout]).toEqual([0, "folder/deeper/one.vlmo\n"]);
});

test("permissions and links are kept, and no temporary files are left", async () => {
  await chmod(join(folder, "loose.vlmo"), 0o640);
  await symlink("loose.vlmo", join(folder, "link.vlmo"));
  await run("link.vlmo");
  expect((await stat(join(folder, "loose.vlmo"))).mode & 0o777).toBe(0o640);
  expect(await text("loose.vlmo")).toBe(canonical);
  expect((await readdir(folder)).toSorted()).toEqual([
    "broken.vlmo",
    "canonical.vlmo",
    "link.vlmo",
    "loose.vlmo",
    "tiny.vlmo",
  ]);
});

test.each([
  { title: "formats", args: [], input: loose, exit: 0, stdout: canonical, stderr: /^$/ },
  { title: "checks without printing", args: ["--check"], input: loose, exit: 1, stdout: "", stderr: /^$/ },
  { title: "accepts canonical text", args: ["--check"], input: canonical, exit: 0, stdout: "", stderr: /^$/ },
  {
    title: "prints nothing for a text with errors",
    args: [],
    input: broken,
    exit: 1,
    stdout: "",
    stderr: /error\[V028\][^]*--> <stdin>:2/,
  },
])("--stdin $title", async ({ args, input, exit, stdout, stderr }) => {
  const outcome = await vlmo(["fmt", "--stdin", ...args], { cwd: folder, input });
  expect([outcome.exit, outcome.stdout]).toEqual([exit, stdout]);
  expect(outcome.stderr).toMatch(stderr);
});

test("--json reports every file", async () => {
  const { exit, stdout, stderr } = await run("--check", "--json", "loose.vlmo", "broken.vlmo");
  expect([exit, stderr]).toEqual([1, ""]);
  expect(JSON.parse(stdout)).toMatchObject({
    check: true,
    files: ["loose.vlmo", "broken.vlmo"],
    changed: ["loose.vlmo"],
    failed: ["broken.vlmo"],
    diagnostics: [{ code: "V028", file: "broken.vlmo" }],
  });
});

test.each([
  { args: [], words: /no file is named/ },
  { args: ["--stdin", "loose.vlmo"], words: /--stdin goes without files/ },
])("fmt $args is an invalid command line", async ({ args, words }) => {
  const { exit, stderr } = await run(...args);
  expect(exit).toBe(2);
  expect(stderr).toMatch(words);
});
