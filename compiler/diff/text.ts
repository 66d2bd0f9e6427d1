// Differences as text: a paragraph per declaration, `before → after` in columns, counts with their increase.
import { countText } from "../plan/count-text.js";
import { flopsText } from "../plan/text.js";
import type { Change, DeclarationDiff, SpecDiff } from "./diff.js";

/** All differences, ending in a line break. `titles` name the two sides. */
export function diffText(diff: SpecDiff, titles: { readonly before: string; readonly after: string }): string {
  if (diff.same) return "no difference in meaning\n";
  const paragraphs = diff.declarations.map((declaration) => declarationText(declaration, titles));
  return `${titles.before} → ${titles.after}\n\n${paragraphs.join("\n")}`;
}

function declarationText(diff: DeclarationDiff, titles: { readonly before: string; readonly after: string }): string {
  const { kind, before, after, changes } = diff;
  if (before === null || after === null)
    return `${kind} ${before ?? after ?? ""}: only in ${before === null ? titles.after : titles.before}\n`;
  const name = before === after ? before : `${before} → ${after}`;
  const groups = [...new Set(changes.map(({ group }) => group))];
  const lines = groups.flatMap((group) => {
    const rows = columns(changes.filter((change) => change.group === group).map(row));
    return group === "" ? rows.map((line) => `  ${line}`) : [`  ${group}`, ...rows.map((line) => `    ${line}`)];
  });
  return `${[`${kind} ${name}`, ...lines].join("\n")}\n`;
}

function row(change: Change): readonly [what: string, text: string] {
  return [change.what, changeText(change)];
}

/** `12 → 24`, `176,021,088 → 562,777,600  (+386,756,512)`. */
export function changeText(change: Change): string {
  return `${sideText(change.before, change)} → ${sideText(change.after, change)}${deltaText(change)}`;
}

function sideText(value: Change["before"], change: Change): string {
  if (value === null) return "none";
  if (typeof value === "string") return value;
  return change.group === "FLOPs" ? flopsText(value) : countText(value);
}

function deltaText(change: Change): string {
  const [before, after] = [change.before ?? 0, change.after ?? 0];
  if (typeof before !== "number" || typeof after !== "number") return "";
  const by = after - before;
  const sign = by < 0 ? "-" : "+";
  return `  (${sign}${sideText(Math.abs(by), change)})`;
}

function columns(rows: readonly (readonly [what: string, text: string])[]): string[] {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, text]) => `${what.padEnd(width)}  ${text}`);
}
