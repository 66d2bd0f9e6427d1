// Expands patterns that name many files: `train-{000..099}.tar`, `part-*.parquet`.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { systemError } from "../../errors/system-error.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { isLike } from "../../wildcard.js";

/** The files of some patterns in order; those of a `*` sorted by name. Throws V910. */
export function filesOfPatterns(patterns: readonly string[]): string[] {
  return [...new Set(patterns.flatMap((each) => (existsSync(each) ? [each] : ranged(each).flatMap(starred))))];
}

/** `a-{08..10}.tar` as `a-08.tar`, `a-09.tar`, `a-10.tar`; for several ranges every combination. */
function ranged(pattern: string): string[] {
  const ranges = [...pattern.matchAll(/\{(\d+)\.\.(\d+)\}/g)].map(([whole, first = "", last = ""]) => {
    const [from, to] = [Number(first), Number(last)];
    if (to < from)
      throw notRead(pattern, `\`${whole}\` counts down`, "write the first number, two dots and the last one");
    return { whole, from, count: to - from + 1, digits: first.length };
  });
  const count = ranges.reduce((product, range) => product * range.count, 1);
  if (count > MOST)
    throw notRead(
      pattern,
      `its ranges name more than ${MOST.toLocaleString("en")} files`,
      "name the files that there are",
    );
  return ranges.reduce(
    (names, { whole, from, count: length, digits }) =>
      names.flatMap((name) =>
        Array.from({ length }, (_, i) => name.replace(whole, String(from + i).padStart(digits, "0"))),
      ),
    [pattern],
  );
}

function notRead(file: string, reason: string, help: string): Error {
  return vlmoError("V910", { file, reason }, { help });
}

const MOST = 1_000_000;

function starred(pattern: string): string[] {
  const [folder, name] = [path.dirname(pattern), path.basename(pattern)];
  if (!name.includes("*")) return [pattern];
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw systemError("V910", folder, error);
  }
  const found = names.filter((each) => isLike(each.normalize(), name.normalize()) && !each.startsWith(".")).sort();
  if (found.length === 0) throw vlmoError("V910", { file: pattern, reason: "no file in its folder has such a name" });
  return found.map((each) => path.join(folder, each));
}
