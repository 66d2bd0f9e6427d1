// V8's code cache beside the bundle: used if valid, ignored otherwise.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "./command.js";

const spec = join(root, "specs/vlmo-base.vlmo");
let folder = "";
let bundle = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vlmo-bundle-"));
  bundle = join(folder, "dist/bundle");
  cpSync(join(root, "package.json"), join(folder, "package.json"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The output of a check by a copy of the bundle with a modified code cache. */
function run(change: (code: Buffer) => Buffer | null, args: readonly string[] = []): string {
  cpSync(join(root, "dist/bundle"), bundle, { recursive: true });
  const kept = readdirSync(bundle).filter((name) => name.endsWith(".code"));
  expect(kept.length).toBeGreaterThan(5);
  for (const path of kept.map((name) => join(bundle, name))) {
    const code = change(readFileSync(path));
    if (code === null) rmSync(path);
    else writeFileSync(path, code);
  }
  return execFileSync(process.execPath, [...args, join(bundle, "main.js"), "check", spec], { encoding: "utf8" });
}

const fine = `✓ ${spec}: no mistakes found\n`;

test.each([
  { title: "whole", change: (code: Buffer) => code },
  { title: "missing", change: () => null },
  { title: "empty", change: () => Buffer.alloc(0) },
  { title: "truncated", change: (code: Buffer) => code.subarray(0, code.length / 2) },
  {
    title: "damaged",
    change: (code: Buffer) => Buffer.from(code.map((byte, i) => (i % 99 === 98 ? byte ^ 255 : byte))),
  },
])("a check runs if the code cache is $title", ({ change }) => {
  expect(run(change)).toBe(fine);
});

test("a check runs under V8 flags other than the cache's", () => {
  expect(run((code) => code, ["--max-old-space-size=500"])).toBe(fine);
});

test("V8 accepts the code cache of the build", () => {
  const program = `
    const { load, scripts } = require(${JSON.stringify(join(root, "dist/bundle/load.js"))});
    load("./program.js");
    console.log([...scripts.values()].map((script) => script.cachedDataRejected).join());`;
  const rejected = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }).trim().split(",");
  expect(new Set(rejected)).toEqual(new Set(["false"]));
});

/** Runs command lines in one process whose bundle loses files after its start; returns the exit codes and the output. */
function runRebuilt(lost: RegExp, lines: readonly (readonly string[])[]): { exits: number[]; said: string } {
  cpSync(join(root, "dist/bundle"), bundle, { recursive: true });
  const program = `
    const fs = require("node:fs");
    const { load } = require(${JSON.stringify(join(bundle, "load.js"))});
    const { runCommandLine } = load("./program.js");
    const names = fs.readdirSync(${JSON.stringify(bundle)}).filter((name) => ${String(lost)}.test(name));
    for (const name of names) fs.rmSync(${JSON.stringify(`${bundle}/`)} + name, { recursive: true });
    let said = "";
    const sink = { write: (text) => (said += text) };
    const surroundings = { stdout: sink, stderr: sink, environment: {}, endsWithReaders: true };
    (async () => {
      const exits = [];
      for (const line of ${JSON.stringify(lines)}) exits.push(await runCommandLine(line, surroundings));
      console.log(JSON.stringify({ exits, said }));
    })();`;
  return JSON.parse(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }));
}

describe("a command reports that vlmo was rebuilt while it ran", () => {
  const gone =
    /error\[V996\]: vlmo was rebuilt or removed while it ran: its file `.*\.js` is gone\n.*run the command again/g;

  test.each<{ title: string; lost: RegExp; lines: readonly (readonly string[])[] }>([
    { title: "all chunks are missing", lost: /-[\w-]{8}\.js$/, lines: [["check", spec]] },
    { title: "the folder is empty", lost: /./, lines: [["plan", spec]] },
    {
      title: "each time, in one process",
      lost: /-[\w-]{8}\.js$/,
      lines: [
        ["check", spec],
        ["check", spec],
      ],
    },
    { title: "a chunk that others import is missing", lost: /^front-end-/, lines: [["check", spec]] },
    { title: "the chunk that reports mistakes is missing", lost: /^diagnostics-/, lines: [["check", "none.vlmo"]] },
    { title: "the chunk that explains options is missing", lost: /^front-end-/, lines: [["train", spec, "--lr", "1"]] },
  ])("$title", ({ lost, lines }) => {
    const { exits, said } = runRebuilt(lost, lines);
    expect(said.match(gone)).toHaveLength(lines.length);
    expect(said).not.toContain("internal error");
    expect(exits).toEqual(lines.map(() => 1));
  });

  test("as JSON", () => {
    const { said } = runRebuilt(/-[\w-]{8}\.js$/, [["check", spec, "--json"]]);
    expect(said).toMatch(/^\{"errors":\[\{"code":"V996",.*"help":"run the command again/m);
  });
});

test("an incomplete bundle is reported at the start", () => {
  cpSync(join(root, "dist/bundle"), bundle, { recursive: true });
  rmSync(join(bundle, "program.js"));
  const { status, stderr } = spawnSync(process.execPath, [join(bundle, "main.js"), "check", spec], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^error: this installation of vlmo is incomplete: .*program\.js.*\n.*wait for its build/),
  ]);
});
