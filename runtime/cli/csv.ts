// CSV for other programs.

/** One row, quoted where needed. */
export function csvLine(cells: readonly (string | number)[]): string {
  return cells.map((each) => cell(String(each))).join(",");
}

function cell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
