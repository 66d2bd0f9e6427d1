// The output of each command without mistakes.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programNames } from "../../../compiler/index.js";
import { programChoices } from "../../../runtime/cli/commands/exec.js";
import { vlmo } from "./command.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const stage = ["tiny.vlmo", "--stage", "first"];

test.each([
  { title: "--version is the package's", args: ["--version"], stdout: /^\d+\.\d+\.\d+\n$/ },
  { title: "no command shows the help", args: ["help"], stdout: /Usage: vlmo/ },
  { title: "check reports success", args: ["check", "tiny.vlmo"], stdout: /^✓ tiny\.vlmo: no mistakes found\n$/ },
  { title: "check counts files", args: ["check", "tiny.vlmo", "tiny.vlmo"], stdout: /^✓ 2 files: no mistakes/ },
  {
    title: "plan counts parameters",
    args: ["plan", "tiny.vlmo"],
    stdout: /model Tiny: 1 layer, 8 wide, [\d,]+ param/,
  },
  {
    title: "plan of one stage omits the others",
    args: ["plan", ...stage],
    stdout: /^(?![^]*stage second)[^]*stage first/,
  },
  {
    title: "build --emit ast is JSON",
    args: ["build", "tiny.vlmo", "--emit", "ast"],
    stdout: /^\{\n {2}"kind": "file"/,
  },
  {
    title: "build --emit ir prints the graph",
    args: ["build", ...stage, "--emit", "ir", "--program", "forward", "--batch", "2"],
    stdout: /^graph "first\.forward"\n\ninput %0: [^]*output "loss\.total" = %\d+/,
  },
  {
    title: "build --emit torch prints Python",
    args: ["build", ...stage, "--emit", "torch", "--program", "forward", "--batch", "2"],
    stdout: /^"""The program first\.forward, written by vlmo\."""\nimport torch\n[^]*\n {4}return run\n$/,
  },
  { title: "explain shows a page", args: ["explain", "v960"], stdout: /error\[V960\][^]*help:/ },
  {
    title: "explain shows a constructor with its keys",
    args: ["explain", "adamw"],
    stdout: /^adamw +optimizer\n[^]*\n {2}lr +real, required\. [^]*\n {2}eps +real, by default 1e-8\. /,
  },
  { title: "show without a name shows every declaration", args: ["show", "tiny.vlmo"], stdout: /model [^]*\nstage / },
  {
    title: "explain shows a key with all its owners",
    args: ["explain", "momentum"],
    stdout: /^momentum {2}key of sgd\n\n {2}real, by default 0\.9/,
  },
  {
    title: "explain shows a key of one owner",
    args: ["explain", "adamw.lr"],
    stdout: /^adamw\.lr {2}key of adamw\n\n {2}real, required\. [^\n]+\n$/,
  },
  {
    title: "explain shows a key by its path in a stage",
    args: ["explain", "pairs.optimizer.momentum"],
    stdout: /key of sgd\n/,
  },
  { title: "explain shows a key of a section", args: ["explain", "text.length"], stdout: /key of text of model\n/ },
  { title: "explain alone lists all codes", args: ["explain"], stdout: /V001 [^]*V304 [^]*V960 / },
])("$title", async ({ args, stdout }) => {
  const outcome = await inProcess(args, folder);
  expect(outcome.stdout).toMatch(stdout);
  expect(outcome.exit).toBe(0);
});

test("exec --list gives the program's inputs and outputs as JSON", async () => {
  const { stdout } = await inProcess(["exec", ...stage, "--program", "step", "--batch", "3", "--list"], folder);
  const { batch, inputs, outputs } = JSON.parse(stdout);
  expect(batch).toBe(3);
  expect(inputs).toContainEqual({
    name: "image",
    role: "batch",
    dtype: "float32",
    shape: [3, 3, 16, 16],
    required: true,
  });
  expect(inputs).toContainEqual({
    name: "lr",
    role: "scalar",
    dtype: "float32",
    shape: [],
    required: false,
    default: 1e-3,
  });
  expect(inputs).toContainEqual({
    name: "count.contrast",
    role: "scalar",
    dtype: "float32",
    shape: [],
    required: false,
    default: "counted in the batch",
  });
  expect(outputs).toContainEqual({ name: "next.adam.m.final_norm.weight", dtype: "float32", shape: [8] });
});

test("exec accepts exactly the compiler's programs", () => {
  expect(programChoices).toEqual(programNames);
});

test("build --emit onnx writes the model", async () => {
  const args = ["build", ...stage, "--emit", "onnx", "--program", "encode", "-o", "model.onnx", "--json"];
  const { exit, stdout } = await vlmo(args, { cwd: folder });
  const bytes = await readFile(join(folder, "model.onnx"));
  expect(JSON.parse(stdout)).toEqual({ output: "model.onnx", bytes: bytes.length });
  expect(exit).toBe(0);
});

test.each([
  ["ast", []],
  ["ir", ["--stage", "first", "--program", "encode"]],
])("build --emit %s --json has the text it prints without --json", async (form, program) => {
  const args = ["build", "tiny.vlmo", "--emit", form, ...program];
  const [plain, json] = [await inProcess(args, folder), await inProcess([...args, "--json"], folder)];
  expect(JSON.parse(json.stdout)).toEqual({ content: plain.stdout });
});

test("help for an unknown command is a mistake", async () => {
  const { exit, stderr } = await inProcess(["help", "toString"], folder);
  expect(exit).toBe(2);
  expect(stderr).toMatch(/\nerror: unknown command 'toString'\n$/);
});

test("a reader closing stdout early is no error", async () => {
  const { spawnSync } = await import("node:child_process");
  const { root } = await import("./command.js");
  const line = `set -o pipefail; "${process.execPath}" dist/bundle/main.js explain | head -1`;
  const { status, stderr } = spawnSync("bash", ["-c", line], { cwd: root, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});

test("rehearse prints the results of each stage and what they do not show", async () => {
  const { exit, stdout, stderr } = await vlmo(["rehearse", ...stage.slice(0, 1), "--steps", "3"], { cwd: folder });
  expect(stderr).toBe("");
  expect(stdout).toMatch(
    /tensors: \d+ newly initialised\n +3 steps: the first \d+ ms, then \d+ ms each; loss .*\n +of each: step \d+ ms\n/,
  );
  expect(stdout).toContain("✓ 1 specification rehearsed\nNot shown by this: memory and speed");
  expect(exit).toBe(0);
});
