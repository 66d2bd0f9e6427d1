// The names of classes or answers in a file, one per line: their order gives their indices.
import { vlmoError } from "../../errors/vlmo-error.js";
import { expectFormat } from "./recognise.js";
import { linesOf } from "./text-file.js";

/** Reads the names in a file. Throws V910, V980, V981, V982. */
export async function readNames(file: string): Promise<string[]> {
  const lines = await linesOf(file);
  while (lines.at(-1)?.trim() === "") lines.pop();
  if (/^\s*[[{]/.test(lines[0] ?? "")) expectFormat(file, "names");
  if (lines.length === 0) throw vlmoError("V980", { file, reason: "it is empty" });
  const first = new Map<string, number>();
  lines.forEach((name, i) => {
    const fail = (reason: string) => vlmoError("V980", { file, reason }, { file, line: i + 1 });
    const before = first.get(name.normalize());
    const blanks = blanksAround(name);
    if (name.trim() === "") throw fail(`line ${i + 1} is blank`);
    if (blanks !== undefined) throw fail(`line ${i + 1} is ${blanks}`);
    if (before !== undefined) throw fail(`\`${name}\` stands in lines ${before} and ${i + 1}`);
    first.set(name.normalize(), i + 1);
  });
  return lines;
}

/** `` `[PAD] ` with a blank after it``; undefined if there is none. */
export function blanksAround(name: string): string | undefined {
  if (/^[^ \t](.*[^ \t])?$/su.test(name) || name === "") return undefined;
  const where = /^[ \t]/.test(name) ? (/[ \t]$/.test(name) ? "around" : "before") : "after";
  return `\`${name}\`, with a blank ${where} it`;
}
