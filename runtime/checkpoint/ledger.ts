// What an import did: where the names came from, what was resized, what is newly initialised, what was left out. Its
// whole account, a line each, is the report (import.ts).
import { excerpt, quoted } from "../printable.js";
import { nonFiniteText } from "./finite.js";
import { atMost, grouped } from "./grouped.js";
import type { ImportReport } from "./import.js";
import { runsCode } from "./strangers.js";

/** An import in sentences. */
export interface Ledger {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** The sentences of a report, in the order of what matters. */
export function ledgerOf(report: ImportReport): Ledger {
  const { used, fresh, ignored, unusedAllowances, prefix, unknown, nonFinite } = report;
  const resized = used.flatMap(({ name, resized: rule }) =>
    rule === undefined ? [] : [`resized by ${rule}: ${name}`],
  );
  const strangers = unknown.map(
    ({ name, objects }) => `${excerpt(name, 200)}${objects > 1 ? ` (${objects} times)` : ""}`,
  );
  const dangerous = unknown.filter(({ name }) => runsCode(name)).map(({ name }) => quoted(name));
  return {
    lines: [
      ...(prefix === "" ? [] : [`in front of its keys, taken off: ${excerpt(prefix, 200)}`]),
      ...resized,
      ...newLines(fresh),
      ...atMost(grouped(ignored.map(({ key, reason }) => `ignored: ${excerpt(key, 200)} (${reason})`)), 30),
      ...(strangers.length === 0 ? [] : [`kept closed, of classes not known: ${atMost(strangers, 8).join(", ")}`]),
    ],
    warnings: [
      ...(dangerous.length === 0
        ? []
        : [`the file asks to call ${dangerous.join(", ")}: torch.load might run that; nothing of it was run here`]),
      ...(nonFinite.length === 0
        ? []
        : [`weights that are no finite numbers were taken over: ${nonFiniteText(nonFinite)}`]),
      ...unusedAllowances.map((name) => `\`${name}\` was allowed and never needed to be`),
    ],
  };
}

/** `newly initialised: heads.vqa (6 tensors), …`, a line for each reason. */
function newLines(fresh: ImportReport["fresh"]): string[] {
  const reasons = new Map<string, Map<string, number>>();
  for (const { name, reason } of fresh) {
    const parts = reasons.get(reason) ?? new Map<string, number>();
    reasons.set(reason, parts.set(partOf(name), (parts.get(partOf(name)) ?? 0) + 1));
  }
  return [...reasons].map(([reason, parts]) => {
    const counts = [...parts].map(([part, count]) => `${part} (${count} tensor${count === 1 ? "" : "s"})`);
    return `newly initialised: ${counts.join(", ")}: ${reason}`;
  });
}

/** The part of the model that a tensor is of: `heads.vqa`, `experts.language`, `embed.text`, `norm1`. */
function partOf(name: string): string {
  const steps = name.replace(/^layers\.\d+\./, "").split(".");
  const isNamed = ["heads", "experts", "embed", "position"].includes(steps[0] ?? "");
  return steps.slice(0, isNamed ? 2 : 1).join(".");
}
