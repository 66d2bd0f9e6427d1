// The compiled code beside the bundle saves time where it is good, and costs nothing else where it is not.
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

/** What a check prints from a copy of the bundle whose compiled code is changed. */
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
  { title: "cut short", change: (code: Buffer) => code.subarray(0, code.length / 2) },
  {
    title: "damaged",
    change: (code: Buffer) => Buffer.from(code.map((byte, i) => (i % 99 === 98 ? byte ^ 255 : byte))),
  },
])("a check runs where the compiled code is $title", ({ change }) => {
  expect(run(change)).toBe(fine);
});

test("a check runs under flags that the code was not compiled for", () => {
  expect(run((code) => code, ["--max-old-space-size=500"])).toBe(fine);
});

test("V8 takes the code that the build has kept", () => {
  const program = `
    const { load, scripts } = require(${JSON.stringify(join(root, "dist/bundle/load.js"))});
    load("./program.js");
    console.log([...scripts.values()].map((script) => script.cachedDataRejected).join());`;
  const rejected = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }).trim().split(",");
  expect(new Set(rejected)).toEqual(new Set(["false"]));
});
