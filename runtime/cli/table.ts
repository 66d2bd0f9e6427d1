// A table for a terminal, fitted to its width.

/** A column: its heading, and its minimum width where the table is too wide. */
export interface Column {
  readonly head: string;
  /** Characters; by default it is never truncated. */
  readonly least?: number;
}

const GAP = "  ";

/** Lines of at most `width` characters if truncating columns suffices; truncated cells end in `…`. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width = 80): string[] {
  const all = [columns.map(({ head }) => head), ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => lengthOf(row[i] ?? ""))));
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  while (total() > width) {
    const spare = columns.map(({ least = Infinity }, i) => (widths[i] ?? 0) - least);
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? 0) <= 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return all.map((row) =>
    row
      .map((text, i) => cut(text, widths[i] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

const lengthOf = (text: string): number => [...text].length;

function cut(text: string, width: number): string {
  const letters = [...text];
  const shown = letters.length > width ? `${letters.slice(0, width - 1).join("")}…` : text;
  return shown + " ".repeat(Math.max(0, width - lengthOf(shown)));
}
