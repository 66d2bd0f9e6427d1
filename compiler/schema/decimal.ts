// `0,25` for `0.25`: read as two values, so that something else seems wrong.
import { lineText, positionAt, type Remedy, type Span } from "../../grammar/index.js";

/** The remedy where a span touches a number with a decimal comma, which two numbers with a comma and no blank are. */
export function decimalComma({ file, start, end }: Span): Remedy | undefined {
  const { line, column } = positionAt(file, start);
  const begin = start - column + 1;
  for (const { 0: found, index } of lineText(file, line).matchAll(/(?<![\w.,])\d+,\d+(?![\d.,])/g)) {
    const number = { file, start: begin + index, end: begin + index + found.length };
    if (number.start > end || number.end < start) continue;
    const text = found.replace(",", ".");
    return { help: `write \`${text}\`: a decimal point, no comma`, fix: { span: number, text } };
  }
  return undefined;
}
