// V8's code cache beside the bundle: used if valid, ignored otherwise.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
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
