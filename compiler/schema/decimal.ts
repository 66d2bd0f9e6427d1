// Decimal commas, `0,25` for `0.25` and `1,024` for `1024`: they parse as two values, so that the message would be
// about something else.
import { lineText, positionAt, type Remedy, type Span } from "../../grammar/index.js";

/**
 * The remedy if a span touches two numbers separated by a comma without a blank, which are probably one number with a
 * comma.
 */
export function decimalComma(
  { file, start, end }: Span,
  wanted: "number" | "whole number" = "number",
): Remedy | undefined {
  const { line, column } = positionAt(file, start);
  const begin = start - column + 1;
  // After a comma and a blank comes the next value.
  for (const { 0: found, index } of lineText(file, line).matchAll(
    /(?<![\w.]|\d,)\d+,\d+(?:[eE][+-]?\d+)?(?![\d.\w]|,\d)/g,
  )) {
    const number = { file, start: begin + index, end: begin + index + found.length };
    if (number.start > end || number.end < start) continue;
    const isThousands = wanted === "whole number" && /^[1-9]\d{0,2},\d{3}$/.test(found);
    const text = found.replace(",", isThousands ? "" : ".");
    const why = isThousands ? "digits are not parted by commas" : "a decimal point, no comma";
    return { help: `write \`${text}\`: ${why}`, fix: { span: number, text } };
  }
  return undefined;
}
