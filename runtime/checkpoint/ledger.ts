// A summary of an import: prefix, resized tensors, newly initialised parameters, keys that were left out. The full account is
// the report (import.ts).
import { counted } from "../../grammar/index.js";
import { excerpt, quoted } from "../printable.js";
import { nonFiniteText } from "./finite.js";
import { atMost, grouped } from "./grouped.js";
import type { ImportReport } from "./import.js";
import { runsCode } from "./strangers.js";

/** An import as sentences. */
export interface Ledger {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** The sentences of a report, most important first. */
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
      ...(prefix === "" ? [] : [`prefix stripped from its keys: ${excerpt(prefix, 200)}`]),
      ...resized,
      ...newLines(fresh),
      ...ignoredLines(ignored),
      ...(strangers.length === 0 ? [] : [`not unpickled, unknown classes: ${atMost(strangers, 8).join(", ")}`]),
    ],
    warnings: [
      ...(dangerous.length === 0
        ? []
        : [`the file asks to call ${dangerous.join(", ")}: torch.load might run that; nothing was run here`]),
      ...(nonFinite.length === 0
        ? []
        : [`weights that are NaN or infinite were imported: ${nonFiniteText(nonFinite)}`]),
      ...unusedAllowances.map((name) => `\`${name}\` was allowed, which was not needed`),
    ],
  };
}

/** `newly initialised: heads.vqa (6 tensors), …`, a line for each reason. */
function newLines(fresh: ImportReport["fresh"]): string[] {
  return byReason(fresh, ({ length }, part) => `${part} (${counted(length, "tensor")})`).map(
    ({ parts, reason }) => `newly initialised: ${parts.join(", ")}: ${reason}`,
  );
}

/** `ignored: mlm_score.* (6 tensors), pooler.dense.bias (allowed to be left out)`, a line for each reason. */
function ignoredLines(ignored: ImportReport["ignored"]): string[] {
  const entries = ignored.map(({ key: name, reason }) => ({ name, reason }));
  const named = (names: readonly string[], part: string): string =>
    names.length === 1 ? excerpt(names.join(), 200) : `${excerpt(part, 200)}.* (${counted(names.length, "tensor")})`;
  const lines = byReason(entries, named).map(
    ({ parts, reason }) => `ignored: ${atMost(parts, 12).join(", ")} (${reason})`,
  );
  return atMost(grouped(lines), 30);
}

interface Reasoned {
  readonly name: string;
  readonly reason: string;
}

/** Grouped by reason, and within a reason by part of the model; `say` describes the tensors of a part. */
function byReason(
  entries: readonly Reasoned[],
  say: (names: readonly string[], part: string) => string,
): { readonly reason: string; readonly parts: readonly string[] }[] {
  const reasons = new Map<string, Map<string, string[]>>();
  for (const { name, reason } of entries) {
    const parts = reasons.get(reason) ?? new Map<string, string[]>();
    const names = parts.get(partOf(name)) ?? [];
    names.push(name);
    reasons.set(reason, parts.set(partOf(name), names));
  }
  return [...reasons].map(([reason, parts]) => ({
    reason,
    parts: [...parts].map(([part, names]) => say(names, part)),
  }));
}

/** The part of the model that a tensor belongs to: `heads.vqa`, `experts.language`, `embed.text`, `norm1`. */
function partOf(name: string): string {
  const steps = name.replace(/^layers\.\d+\./, "").split(".");
  const isNamed = ["heads", "experts", "embed", "position"].includes(steps[0] ?? "");
  return steps.slice(0, isNamed ? 2 : 1).join(".");
}
