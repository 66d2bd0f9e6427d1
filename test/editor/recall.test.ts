// Recall of completion: every name of the shipped specifications is suggested after its first letter, with the rest of the file
// present, with the rest of the line missing, and with everything after it missing.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { loadModules, namesOf, type PlacedName } from "../../compiler/front-end.js";
import { createSource, positionAt } from "../../grammar/index.js";
import { isLong, oneOf } from "../support/long.js";
import { open, uriOf } from "./open.js";

const specs = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => posix.join("specs", name));
const disk = Object.fromEntries(specs.map((path) => [path, readFileSync(path, "utf8")]));

const rests = {
  "the file as it is": (text: string, end: number) => text.slice(end),
  "the rest of the line missing": (text: string, end: number) => text.slice(Math.max(end, text.indexOf("\n", end))),
  "the rest of the file missing": () => "",
} as const;

test.each(Object.entries(rests))("completion suggests every name, with %s", (_, rest) => {
  const missed: string[] = [];
  const opened = open({}, { disk });
  let asked = 0;
  for (const path of oneOf(4, specs)) {
    const text = disk[path] ?? "";
    opened.change(path, text);
    opened.wait();
    namesIn(path).forEach((found, i) => {
      const { name } = found;
      if ((!isLong && i % 40 !== 3) || isMadeUp(found) || isCut(found, rest)) return;
      const at = name.span.start + 1;
      const now = text.slice(0, at) + rest(text, name.span.end);
      opened.change(path, now);
      const { line, column } = positionAt(createSource("", now), at);
      const labels = opened.server.completion(uriOf(path), { line: line - 1, character: column - 1 });
      asked += 1;
      if (!labels.some(({ label }) => label.split(".")[0] === name.text))
        missed.push(`${path}:${positionAt(name.span.file, name.span.start).line} ${name.text}`);
    });
    opened.server.closed(uriOf(path));
  }
  expect(asked).toBeGreaterThan(5);
  expect(missed).toEqual([]);
});

function namesIn(path: string): readonly PlacedName[] {
  const files = {
    read: (each: string) => disk[each] ?? null,
    resolvePath: (from: string, to: string) => posix.join(posix.dirname(from), to),
  };
  const module = loadModules(path, files, () => undefined)?.at(-1);
  return module === undefined ? [] : namesOf(module);
}

/** Names that cannot be suggested: those being declared, an expert's in its model, `batch` in a list of dimensions. */
function isMadeUp({ place, name }: PlacedName): boolean {
  if (place.kind === "declaration") return true;
  if (place.kind === "key") return place.holder.free?.names === "experts" || place.key === null;
  return place.kind === "value" && name.text === "batch";
}

/** Whether the name is in an import whose path is missing. */
function isCut({ place }: PlacedName, rest: (typeof rests)[keyof typeof rests]): boolean {
  return place.kind === "imported" && rest !== rests["the file as it is"];
}
