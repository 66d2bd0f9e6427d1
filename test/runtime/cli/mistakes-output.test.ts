// The forms of mistakes: JSON, and colours on a terminal.
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

let folder = "";
beforeAll(async () => {
  folder = await workFolder({ "typo.vlmo": tinySpec.replace("learn: contrast\n", "lern: contrast\n") });
});
afterAll(() => rm(folder, { recursive: true }));

test("with --json a mistake is one JSON document on stdout", async () => {
  const { exit, stdout } = await inProcess(["check", "typo.vlmo", "--json"], folder);
  expect(exit).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    errors: 1,
    diagnostics: [{ severity: "error", file: "typo.vlmo", range: { start: { line: 28, column: 3 } } }],
  });
});

test("with --json an invalid command line gives JSON too", async () => {
  const { exit, stdout } = await inProcess(["exec", "tiny.vlmo", "--json"], folder);
  expect(exit).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    errors: [{ code: "usage", message: "required option '--program <name>' not specified" }],
  });
});

test("with --json a coded error keeps code, message and help", async () => {
  const { stdout } = await inProcess(["exec", "tiny.vlmo", "--program", "forward", "--list", "--json"], folder);
  expect(JSON.parse(stdout)).toEqual({
    errors: [
      {
        code: "V960",
        message: "`tiny.vlmo` has several stages: first, second",
        help: "say which one with --stage, such as --stage second",
        file: "tiny.vlmo",
      },
    ],
  });
});

test("without a terminal there are no colours; FORCE_COLOR and NO_COLOR are obeyed", async () => {
  const escape = String.fromCharCode(27);
  const args = ["check", "typo.vlmo"];
  const plain = await inProcess(args, folder);
  const forced = await inProcess(args, folder, { FORCE_COLOR: "1" });
  const both = await inProcess(args, folder, { FORCE_COLOR: "1", NO_COLOR: "1" });
  expect([plain, forced, both].map(({ stderr }) => stderr.includes(escape))).toEqual([false, true, false]);
});
