// The exact text of diagnostics, as fixtures; every code has a fixture, a wrong and a right example.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compilerCodes } from "../../../compiler/codes.js";
import { renderAll } from "../../../grammar/index.js";
import { check, codesOf } from "./check.js";

const folder = join(import.meta.dirname, "../../fixtures/diagnostics/compiler");
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".vlmo"));

/** Comments may hold options: `// --set width=12`. */
function checkText(name: string, text: string) {
  const set = [...text.matchAll(/^\/\/ --set (.*)$/gm)].map((match) => match[1] ?? "");
  return check({ [name]: text }, set);
}

const checkFixture = (name: string) => checkText(name, readFileSync(join(folder, name), "utf8"));

test.each(fixtures)("%s gives the diagnostics of its text file", async (name) => {
  const { diagnostics } = checkFixture(name);
  await expect(`${renderAll(diagnostics)}\n`).toMatchFileSnapshot(join(folder, name.replace(".vlmo", ".txt")));
});

test("every code has a fixture that provokes it", () => {
  const provoked = new Set(fixtures.flatMap((name) => codesOf(checkFixture(name))));
  expect(Object.keys(compilerCodes).filter((code) => !provoked.has(code))).toEqual([]);
});

describe.each(Object.entries(compilerCodes))("the page of %s", (code, { wrong, right }) => {
  test("has a wrong example with this mistake only", () => {
    expect(codesOf(checkText("example.vlmo", wrong))).toEqual([code]);
  });

  test("has a right example", () => {
    expect(codesOf(checkText("example.vlmo", right))).toEqual([]);
  });
});
