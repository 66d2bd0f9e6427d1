// Explains a failed comparison: the values of both sides, and how far apart they are.
import { spanText, type Diagnostic, type Related } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { holds, valueOf, type ComparisonSpec, type Side, type Value } from "../../spec/comparison.js";

/** Null if the comparison holds; otherwise V601 with both values. `measure` returns the values of leaves. */
export function explainFailure<Leaf>(
  comparison: ComparisonSpec<Leaf>,
  measure: (leaf: Leaf) => number,
): Diagnostic | null {
  const { left, operator, right, span } = comparison;
  const [found, wanted] = [valueOf(left.term, measure), valueOf(right.term, measure)];
  if (holds(found, operator, wanted)) return null;
  const written = writtenAs(right.span);
  const say = (side: Side<Leaf>, value: Value): Related[] =>
    isLiteral(side) ? [] : [{ span: side.span, message: `is ${valueText(value, written)}` }];
  const [first = { span, message: `is ${valueText(found, written)}` }, ...others] = [
    ...say(left, found),
    ...say(right, wanted),
  ];
  const onlyLeft = others.length === 0 && first.span === left.span;
  const help = difference(found, operator, wanted, written);
  const holes = {
    wanted: oneLine(span),
    found: onlyLeft ? `it ${first.message}` : [first, ...others].map(sentence).join(" and "),
  };
  return diagnose("V601", first.span, holes, {
    label: first.message,
    related: others,
    ...(help === null ? {} : { help }),
  });
}

/** Whether a side is a literal, whose value need not be shown. */
function isLiteral<Leaf>({ term, span }: Side<Leaf>): boolean {
  return term.kind === "range" || /^(\[|-?[\d.][\w.]*%?$)/.test(spanText(span));
}

const sentence = ({ span, message }: Related): string => `\`${oneLine(span)}\` ${message}`;

function oneLine(span: Related["span"]): string {
  return spanText(span).replace(/\s+/g, " ");
}

/** How numbers are shown: in per cent if they are compared with a percentage. */
interface Written {
  readonly number: (value: number) => string;
  readonly distance: (by: number, less: boolean) => string;
}

const plain: Written = {
  number: numberText,
  distance: (by, less) =>
    `${numberText(by)} too ${Number.isInteger(by) ? (less ? "few" : "many") : less ? "low" : "high"}`,
};

const percent: Written = {
  number: (value) => `${numberText(100 * value)}%`,
  distance: (by, less) => `${numberText(100 * by)} points too ${less ? "low" : "high"}`,
};

function writtenAs(wanted: Related["span"]): Written {
  return /^[^±+]*\d%/.test(spanText(wanted)) ? percent : plain;
}

function valueText(value: Value, { number }: Written): string {
  if (value.kind === "list") return `[${value.items.join(", ")}]`;
  return value.kind === "number" ? number(value.value) : `${number(value.low)}..${number(value.high)}`;
}

/** Integers in full, others to six digits. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(6)));
}

function difference(
  found: Value,
  operator: ComparisonSpec["operator"],
  wanted: Value,
  written: Written,
): string | null {
  if (operator === "!=") return null;
  if (found.kind === "list" && wanted.kind === "list") return listDifference(found.items, wanted.items);
  if (found.kind !== "number" || wanted.kind === "list") return null;
  const { low, high } = wanted.kind === "range" ? wanted : { low: wanted.value, high: wanted.value };
  const less = !operator.startsWith("<") && found.value < low;
  const by = less ? low - found.value : found.value - high;
  return by > 0 ? `it is ${written.distance(by, less)}` : null;
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
