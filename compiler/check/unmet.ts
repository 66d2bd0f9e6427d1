// Says of a comparison that does not hold what both of its sides are, and how far they lie apart.
import { spanText, type Diagnostic, type Related } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { holds, valueOf, type ComparisonSpec, type Side, type Value } from "../spec/comparison.js";

/** Null where the comparison holds; else V601 with the values found. `measure` gives the numbers of its leaves. */
export function unmet<Leaf>(comparison: ComparisonSpec<Leaf>, measure: (leaf: Leaf) => number): Diagnostic | null {
  const { left, operator, right, span } = comparison;
  const [found, wanted] = [valueOf(left.term, measure), valueOf(right.term, measure)];
  if (holds(found, operator, wanted)) return null;
  const sides = [said(left, found), said(right, wanted)].filter((side) => side !== null);
  const [first = { span, message: `is ${valueText(found)}` }, ...related] = sides;
  const help = difference(found, operator, wanted);
  const holes = {
    wanted: oneLine(span),
    found: sides.length === 0 ? `is ${valueText(found)}` : sides.map(sentence).join(" and "),
  };
  return diagnose("V601", first.span, holes, {
    label: first.message,
    related,
    ...(help === null ? {} : { help }),
  });
}

/** What a side comes to, unless it is written out. */
function said<Leaf>({ term, span }: Side<Leaf>, value: Value): Related | null {
  const message = `is ${valueText(value)}`;
  const written = term.kind === "range" || /^[\d.[]/.test(spanText(span));
  return written && term.kind !== "tolerance" ? null : { span, message };
}

const sentence = ({ span, message }: Related): string => `\`${oneLine(span)}\` ${message}`;

function oneLine(span: Related["span"]): string {
  return spanText(span).replace(/\s+/g, " ");
}

function valueText(value: Value): string {
  if (value.kind === "list") return `[${value.items.join(", ")}]`;
  return value.kind === "number" ? numberText(value.value) : `${numberText(value.low)}..${numberText(value.high)}`;
}

/** Whole numbers in full, others to six digits. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(6)));
}

function difference(found: Value, operator: ComparisonSpec["operator"], wanted: Value): string | null {
  if (operator === "!=") return null;
  if (found.kind === "list" && wanted.kind === "list") return listDifference(found.items, wanted.items);
  if (found.kind !== "number" || wanted.kind === "list") return null;
  const { low, high } = wanted.kind === "range" ? wanted : { low: wanted.value, high: wanted.value };
  if (operator.startsWith("<") || found.value > high) return distance(found.value - high, "high", "many");
  return distance(low - found.value, "low", "few");
}

function distance(by: number, real: string, whole: string): string | null {
  if (!(by > 0)) return null;
  return Number.isInteger(by) ? `it is ${numberText(by)} too ${whole}` : `it is ${numberText(by)} too ${real}`;
}

function listDifference(found: readonly (number | string)[], wanted: readonly (number | string)[]): string {
  const extra = found.filter((item) => !wanted.includes(item));
  const missing = wanted.filter((item) => !found.includes(item));
  if (found.length === wanted.length) {
    const at = found.findIndex((item, i) => item !== wanted[i]);
    return `item ${at + 1} is ${found[at]} and not ${wanted[at]}`;
  }
  const parts = [
    extra.length > 0 ? `it holds ${extra.join(", ")} besides` : [],
    missing.length > 0 ? `it lacks ${missing.join(", ")}` : [],
  ].flat();
  return parts.length > 0 ? parts.join("; ") : `it has ${found.length} items and not ${wanted.length}`;
}
