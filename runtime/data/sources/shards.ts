// Files that a block names many of at once: `train-{000..099}.tar`, `part-*.parquet`.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { systemError } from "../../errors/system-error.js";
import { vlmoError } from "../../errors/vlmo-error.js";

/** The files of some patterns, in their order; those of a `*` by their names. Throws V910. */
export function filesOfPatterns(patterns: readonly string[]): string[] {
  return [...new Set(patterns.flatMap((each) => (existsSync(each) ? [each] : ranged(each).flatMap(starred))))];
}

/** `a-{08..10}.tar` as `a-08.tar`, `a-09.tar`, `a-10.tar`. */
function ranged(pattern: string): string[] {
  const [whole, first = "", last = ""] = /\{(\d+)\.\.(\d+)\}/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  const [from, to] = [Number(first), Number(last)];
  if (to < from || to - from > MOST) {
    const reason =
      to < from ? `\`${whole}\` counts down` : `\`${whole}\` are more than ${MOST.toLocaleString("en")} files`;
    throw vlmoError("V910", { file: pattern, reason }, { help: "write the first number, two dots and the last one" });
  }
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i).padStart(first.length, "0")).flatMap(
    (number) => ranged(pattern.replace(whole, number)),
  );
}

const MOST = 1_000_000;

function starred(pattern: string): string[] {
  const [folder, name] = [path.dirname(pattern), path.basename(pattern)];
  if (!name.includes("*")) return [pattern];
  const parts = name.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const wanted = new RegExp(`^${parts.join(".*")}$`);
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw systemError("V910", folder, error);
  }
  const found = names.filter((each) => wanted.test(each) && !each.startsWith(".")).sort();
  if (found.length === 0) throw vlmoError("V910", { file: pattern, reason: "no file in its folder has such a name" });
  return found.map((each) => path.join(folder, each));
}
