// Records in a text table (CSV, TSV) with column names in the first row. Lines are read as in every text file, and csv-parse
// gets complete rows, so that a stray quote spoils only its own row.
import { CsvError, parse } from "csv-parse/sync";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { expectFormat, otherFormat } from "./recognise.js";
import { expectColumns, valuesOf, type Reading, type Row, type Table } from "./rows.js";
import { LONGEST_LINE, readLines } from "./text-file.js";

/** How a table is written. */
export interface Writing {
  /** The separator of values; default: by the file's extension. */
  readonly separator?: string | undefined;
  /** Whether values with separators or line breaks are quoted. */
  readonly quotes: boolean;
}

/** The separator by the extension of a file. */
export function separatorOf(file: string): string {
  return /\.(tsv|tab)$/i.test(file) ? "\t" : ",";
}

/** The separator in the first line, which names the columns: the usual one if it occurs, otherwise another. */
export function separatorIn(file: string, firstLine: string): string {
  const usual = separatorOf(file);
  return firstLine.includes(usual) ? usual : (separators.find((mark) => firstLine.includes(mark)) ?? usual);
}

const separators = ["\t", ";", "|", ","];

/** The records of a table. */
export function csvTable(file: string, writing: Writing): Table {
  const { separator = separatorOf(file), quotes } = writing;
  return {
    file,
    isUntyped: true,
    read: async (reading) => ({ rows: await readTable(file, { separator, quotes }, reading) }),
    empty: "it has no row below its header",
  };
}

/** The lines of one row, as far as they have been read. */
interface Begun {
  readonly line: number;
  readonly text: string;
}

/** Rows per call of the parser: a call for each would take most of the time. */
const AT_ONCE = 1000;

type Taken = Required<Writing> & { readonly separator: string };

async function readTable(file: string, writing: Taken, { fields, problems, hash }: Reading): Promise<Row[]> {
  const rows: Row[] = [];
  let columns: readonly string[] | undefined;
  let pending: Begun[] = [];
  const keep = (values: readonly string[], line: number, names: readonly string[]): void => {
    if (values.length === names.length) {
      const value = Object.fromEntries(names.map((name, i) => [name, values[i]]));
      rows.push({ file, line, ...valuesOf(value, fields) });
    } else problems.push(uneven(file, line, values.length, names.length));
  };
  const flush = (): void => {
    const apart = takenApart(file, pending, writing, problems);
    // Without a readable header there are no columns.
    if (columns === undefined && apart.length < pending.length) throw otherFormat(file, "csv") ?? problems.pop();
    for (const { line, values } of apart) {
      if (columns === undefined) columns = expectHeader(file, values, fields);
      else keep(values, line, columns);
    }
    pending = [];
  };
  const assembler = new Assembler(file, writing.quotes, problems, (row) => {
    pending.push(row);
    // The header first: if columns are missing, nothing else matters.
    if (columns === undefined || pending.length >= AT_ONCE) flush();
  });
  await readLines(file, {
    hash,
    line: ({ text, number }) => assembler.take(text, number),
    broken: (mistake) => {
      problems.push(mistake);
      assembler.drop();
    },
  });
  assembler.finish();
  flush();
  if (columns === undefined) expectFormat(file, "csv");
  return rows;
}

/** Joins lines where a quoted value continues on the next line: a complete row has an even number of quotes. */
class Assembler {
  private begun: Begun | undefined;

  constructor(
    private readonly file: string,
    private readonly quotes: boolean,
    private readonly problems: VlmoError[],
    private readonly whole: (row: Begun) => void,
  ) {}

  take(text: string, number: number): void {
    const { begun } = this;
    if (begun === undefined && text === "") return;
    const row = begun === undefined ? { line: number, text } : { line: begun.line, text: `${begun.text}\n${text}` };
    const isOpen = this.quotes && isOdd(text) !== (begun !== undefined);
    this.begun = isOpen ? row : undefined;
    if (!isOpen) this.whole(row);
    else if (row.text.length > LONGEST_LINE) this.fail();
  }

  /** Called if a line of the row cannot be read. */
  drop(): void {
    this.begun = undefined;
  }

  finish(): void {
    if (this.begun !== undefined) this.fail();
  }

  private fail(): void {
    const { line = 0 } = this.begun ?? {};
    this.problems.push(unparsed(this.file, line, "a quote in it is opened and not closed"));
    this.drop();
  }
}

function isOdd(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

interface Values {
  readonly line: number;
  readonly values: readonly string[];
}

/** The values of rows; rows with invalid quoting go to `problems`. */
function takenApart(file: string, rows: readonly Begun[], writing: Taken, problems: VlmoError[]): Values[] {
  try {
    const all = parsed(rows, writing);
    return rows.map(({ line }, i) => ({ line, values: all[i] ?? [] }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const [only, ...others] = rows;
    if (only !== undefined && others.length > 0)
      return rows.flatMap((row) => takenApart(file, [row], writing, problems));
    problems.push(unparsed(file, only?.line ?? 0, reasons[error.code] ?? "its quotes do not match"));
    return [];
  }
}

const reasons: Readonly<Partial<Record<CsvError["code"], string>>> = {
  CSV_INVALID_CLOSING_QUOTE: "something follows the closing quote of a value",
  INVALID_OPENING_QUOTE: "there is a quote inside an unquoted value",
};

function parsed(rows: readonly Begun[], { separator, quotes }: Taken): string[][] {
  const options = { delimiter: separator, record_delimiter: "\n", relax_column_count: true, skip_empty_lines: false };
  return parse(rows.map(({ text }) => text).join("\n"), quotes ? options : { ...options, quote: null });
}

/** The column names. Throws V911, V912, V982. */
function expectHeader(file: string, columns: readonly string[], fields: readonly string[]): readonly string[] {
  if (fields.some((field) => !columns.includes(field))) expectFormat(file, "csv");
  const [only = "", ...others] = columns;
  const meant = others.length > 0 ? undefined : separators.find((mark) => only.includes(mark));
  const help = /^sep=/i.test(only)
    ? "the first line, `sep=`, is Excel's own: remove it, and write such a `separator` in the data block"
    : meant && `write \`separator: ${JSON.stringify(meant)}\` in the data block`;
  expectColumns(file, fields, columns, help);
  const twice = fields.find((field) => columns.indexOf(field) !== columns.lastIndexOf(field));
  if (twice === undefined) return columns;
  const holes = { what: "the header of a table", reason: `the column \`${twice}\` occurs twice` };
  throw vlmoError("V911", holes, { file, line: 1, help: "give every column a name of its own" });
}

function uneven(file: string, line: number, values: number, columns: number): VlmoError {
  const of = values === 1 ? "1 value" : `${values} values`;
  return unparsed(file, line, `it has ${of}, and the header names ${columns} columns`);
}

function unparsed(file: string, line: number, reason: string): VlmoError {
  const help =
    "put values with separators, quotes or line ends in double quotes, and double the quotes in them (a table without " +
    "any such quotes is read with `quotes: false`), or set `on_error: skip` to leave such rows out and count them";
  return vlmoError("V911", { what: "a row of a table", reason }, { file, line, help });
}
