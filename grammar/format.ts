// The formatter: prints a file in its canonical form. A block is put on one line if it fits and its first entry was
// written on the line of its `{`; empty lines between entries are kept, at most one; comments stay where they were.
// Formatting is idempotent.
import type * as ast from "./ast.js";
import { attach, type AttachedComments } from "./comments.js";
import { hasErrors, type Diagnostic } from "./diagnostic.js";
import {
  all,
  allOf,
  blankLine,
  either,
  group,
  hardLine,
  indent,
  join,
  type Layout,
  line,
  print,
  softLine,
  suffix,
} from "./layout.js";
import { stringText } from "./literals.js";
import { parse } from "./parse.js";
import { byteOrderMark, lineText, newlineOf, positionAt, type SourceFile } from "./source.js";

/** Lines are broken, if possible, to stay within this many columns. */
const lineWidth = 120;

/** The canonical text of a source file, or its diagnostics: a file with errors is not formatted. */
export function formatSource(source: SourceFile): {
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { file, diagnostics } = parse(source);
  return { text: hasErrors(diagnostics) ? undefined : format(file), diagnostics };
}

/** The canonical text of a file that was parsed without errors; unparsed text would be lost. */
export function format(file: ast.File): string {
  const printer: Printer = { file, comments: attach(file) };
  const parts = [withComments(printer, "header", `vlmo ${file.version ?? 1}`)];
  let previous: { kind: string; short: boolean } | undefined;
  for (const declaration of file.declarations) {
    const layout = layoutOf(declarations, declaration, printer);
    const here = { kind: declaration.kind, short: !print(layout, lineWidth).includes("\n") };
    const close = here.short && previous?.short === true && previous.kind === here.kind;
    parts.push(close && !blankBefore(printer, declaration) ? hardLine : blankLine);
    parts.push(withComments(printer, declaration, layout));
    previous = here;
  }
  for (const comment of printer.comments.ending(file)) {
    parts.push(isAfterBlank(file, comment.span.start) ? blankLine : hardLine, commentText(comment));
  }
  const text = `${print(allOf(parts), lineWidth)}\n`;
  // Line endings and a byte-order mark are kept: they are up to Git and the editor.
  const ended = newlineOf(file.source) === "\n" ? text : text.replaceAll("\n", "\r\n");
  return file.source.text.startsWith(byteOrderMark) ? byteOrderMark + ended : ended;
}

interface Printer {
  readonly file: ast.File;
  readonly comments: AttachedComments;
}

type Print<Kind extends ast.Node["kind"]> = (node: Extract<ast.Node, { kind: Kind }>, printer: Printer) => Layout;

function layoutOf<Of extends ast.Declaration | ast.Statement | ast.Expression>(
  table: { readonly [Kind in Of["kind"]]: (node: Extract<Of, { kind: Kind }>, printer: Printer) => Layout },
  node: Of,
  printer: Printer,
): Layout {
  const kind: Of["kind"] = node.kind;
  // Boundary: the table ties each function to its node's kind, which tsc cannot follow through the index.
  const own = table[kind] as (node: Of, printer: Printer) => Layout;
  return own(node, printer);
}

// ----------------------------------------------------------------------------------------------- declarations

const declarations: { readonly [Kind in ast.Declaration["kind"]]: Print<Kind> } = {
  import: (node, printer) =>
    all(
      "import ",
      bracketed(printer, node, { open: "{", close: "}", parts: node.names.map(named) }),
      " from ",
      string(node.path),
    ),
  param: ({ name, type, value }, printer) =>
    all("param ", name.text, type === undefined ? "" : `: ${type.text}`, " = ", expression(value, printer)),
  model: ({ name, parent, body }, printer) => all("model ", name.text, extending(parent), " ", block(body, printer)),
  head: (node, printer) => all("head ", featured(node, printer)),
  data: (node, printer) => all("data ", featured(node, printer)),
  stage: ({ word, name, parent, origin: from, body }, printer) =>
    all(word, " ", name.text, extending(parent), origin(from, printer), " ", block(body, printer)),
  evaluate: ({ name, parent, on, using, body }, printer) => {
    const clauses = `${on === undefined ? "" : ` on ${on.text}`}${using === undefined ? "" : ` using ${using.text}`}`;
    return all("evaluate ", name.text, extending(parent), clauses, " ", block(body, printer));
  },
  expect: (node, printer) => {
    const parts = node.comparisons.map((part) => ({ node: part, layout: comparison(part, printer) }));
    return all("expect ", string(node.title), " ", braces(printer, node, parts, ","));
  },
  test: (node, printer) => {
    const parts = node.statements.map((part) => ({ node: part, layout: layoutOf(statements, part, printer) }));
    return all("test ", string(node.title), " ", braces(printer, node, parts, ";"));
  },
};

function extending(parent: ast.Name | undefined): string {
  return parent === undefined ? "" : ` extends ${parent.text}`;
}

function featured(
  { name, parent, call: kind, body }: ast.HeadDeclaration | ast.DataDeclaration,
  printer: Printer,
): Layout {
  const kindPart = kind === undefined ? "" : all(": ", shortCall(kind, printer));
  return all(name.text, extending(parent), kindPart, body === undefined ? "" : all(" ", block(body, printer)));
}

function origin(from: ast.StageOrigin | undefined, printer: Printer): Layout {
  if (from === undefined) return "";
  if (from.kind === "from_scratch") return " from scratch";
  if (from.kind === "from_stage") return ` from ${from.name.text}${from.atBest ? " at best" : ""}`;
  return all(" from ", call(from.call, printer), from.body === undefined ? "" : all(" ", block(from.body, printer)));
}

// ------------------------------------------------------------------------------------------ blocks, statements

interface Part {
  readonly node: ast.Node;
  readonly layout: Layout;
}

function block(node: ast.Block, printer: Printer): Layout {
  const parts = node.entries.map((part) => ({ node: part, layout: entry(part, printer) }));
  return braces(printer, node, parts, ",");
}

function entry(node: ast.Entry, printer: Printer): Layout {
  if (node.kind === "item") return expression(node.value, printer);
  if (node.kind === "section") return all(reference(node.key, printer), " ", block(node.body, printer));
  return all(reference(node.key, printer), ": ", expression(node.value, printer));
}

/** `{ a, b }`, or one part per line without separators if the first one was written below the `{`, or if it has to be. */
function braces(printer: Printer, sequence: ast.Node, parts: readonly Part[], separator: string): Layout {
  const opening = printer.comments.opening(sequence);
  const ending = printer.comments.ending(sequence);
  const [first] = parts;
  if (first === undefined && opening.length + ending.length === 0) return "{}";
  const written = printer.file.source.text;
  const start = first === undefined ? sequence.span.end : first.node.span.start;
  const begunBelow = /\{\s*?[\n\r]\s*$/.test(written.slice(sequence.span.start, start));
  const body = parts.flatMap(({ node, layout }, i) => {
    const blank = i > 0 && blankBefore(printer, node);
    return [i === 0 ? "" : all(either("", separator), blank ? blankLine : line), withComments(printer, node, layout)];
  });
  const end = ending.flatMap((comment, i) => {
    const blank = (i > 0 || first !== undefined) && isAfterBlank(printer.file, comment.span.start);
    return [i > 0 || first !== undefined ? (blank ? blankLine : hardLine) : "", commentText(comment), suffix("")];
  });
  const mustBreak = begunBelow || opening.length > 0 || swallows(parts);
  const open = allOf(["{", ...trailing(opening)]);
  return group(open, indent(allOf([mustBreak ? hardLine : line, ...body, ...end])), line, "}");
}

/** On one line, an item after a setting would parse as part of the setting's value. */
function swallows(parts: readonly Part[]): boolean {
  return parts.some(({ node }, i) => node.kind === "item" && parts[i - 1]?.node.kind === "setting");
}

const statements: { readonly [Kind in ast.Statement["kind"]]: Print<Kind> } = {
  train: ({ stage, duration, data }, printer) => {
    const length = duration === undefined ? "" : all(" for ", expression(duration, printer, level.sum));
    return all("train ", stage.text, length, data === undefined ? "" : all(" on ", shortCall(data, printer)));
  },
  evaluate_statement: ({ name }) => `evaluate ${name.text}`,
  claim: (node, printer) => call(node.call, printer),
  trace: ({ series, by }, printer) =>
    all("trace ", reference(series, printer), " ± ", expression(by, printer, level.sum)),
  comparison,
};

function comparison({ left, operator, right }: ast.Comparison, printer: Printer): Layout {
  const wanted = right.kind === "tolerance" ? level.any : level.range;
  return group(expression(left, printer, level.range), ` ${operator} `, expression(right, printer, wanted));
}

// ------------------------------------------------------------------------------------------------ expressions

/** Precedence: a construct of a lower level needs parentheses where a higher one is expected. */
const level = { any: 0, range: 1, sum: 2, product: 3, unary: 4, primary: 5 } as const;

function levelOf(node: ast.Expression): number {
  if (node.kind === "binary") return node.operator === "+" || node.operator === "-" ? level.sum : level.product;
  if (node.kind === "range" || node.kind === "unary") return level[node.kind];
  return node.kind === "every" || node.kind === "placement" || node.kind === "tolerance" ? level.any : level.primary;
}

function expression(node: ast.Expression, printer: Printer, wanted: number = level.any): Layout {
  const layout = layoutOf(expressions, node, printer);
  return levelOf(node) < wanted ? group("(", indent(softLine, layout), softLine, ")") : layout;
}

const expressions: { readonly [Kind in ast.Expression["kind"]]: Print<Kind> } = {
  number: ({ digits, scale, unit }) => {
    const word = unit === "steps" || unit === "epochs";
    return `${digits}${scale ?? ""}${word ? " " : ""}${unit ?? ""}`;
  },
  string: (node) => string(node),
  boolean: ({ value }) => String(value),
  reference: (node, printer) => reference(node, printer),
  call: (node, printer) => call(node, printer),
  list: (node, printer) => {
    const parts = node.elements.map((part) => ({ node: part, layout: expression(part, printer) }));
    if (node.bracketed) return bracketed(printer, node, { open: "[", close: "]", parts });
    const elements = parts.map(({ node: part, layout }, i) =>
      withComments(printer, part, i + 1 < parts.length ? all(layout, ",") : layout),
    );
    return group(indent(indent(join(line, elements))));
  },
  record: ({ body }, printer) => block(body, printer),
  range: ({ low, high }, printer) =>
    all(expression(low, printer, level.sum), "..", expression(high, printer, level.sum)),
  binary: (node, printer) => {
    const own = levelOf(node);
    const rest: Layout[] = [];
    let left: ast.Expression = node;
    // A chain of operators of one level is broken at all of them or at none.
    for (; left.kind === "binary" && levelOf(left) === own; left = left.left) {
      rest.unshift(all(` ${left.operator}`, line, expression(left.right, printer, own + 1)));
    }
    return group(expression(left, printer, own), indent(allOf(rest)));
  },
  unary: ({ operand }, printer) => all("-", expression(operand, printer, level.unary)),
  tolerance: ({ value, by }, printer) =>
    all(expression(value, printer, level.range), " ± ", expression(by, printer, level.sum)),
  placement: ({ subject, layers: where }, printer) => {
    if (subject === undefined) return all("on ", place(where, printer));
    // A name `on` or `every` would parse as the start of a rule of its own.
    const odd = subject.kind === "reference" && ["on", "every"].includes(subject.segments[0].name.text);
    const layout = expression(subject, printer, level.range);
    return all(odd ? all("(", layout, ")") : layout, " on ", place(where, printer));
  },
  every: ({ interval }, printer) => all("every ", expression(interval, printer, level.sum)),
};

function string({ value }: ast.StringLiteral): string {
  return stringText(value);
}

function reference({ segments }: ast.Reference, printer: Printer): Layout {
  const parts = segments.map((segment) => {
    if (segment.layers === undefined) return segment.name.text;
    const inner = segment.layers.map((part) => ({ node: part, layout: expression(part, printer) }));
    return all(segment.name.text, bracketed(printer, segment, { open: "[", close: "]", parts: inner }));
  });
  return join(".", parts);
}

function call(node: ast.Call, printer: Printer): Layout {
  const parts = node.args.map((argument) => {
    const value = expression(argument.value, printer);
    return { node: argument, layout: argument.name === undefined ? value : all(argument.name.text, ": ", value) };
  });
  return all(reference(node.callee, printer), bracketed(printer, node, { open: "(", close: ")", parts }));
}

/** A call whose empty parentheses are optional, and left out. */
function shortCall(node: ast.Call, printer: Printer): Layout {
  const comments = printer.comments.opening(node).length + printer.comments.ending(node).length;
  return node.args.length + comments === 0 ? reference(node.callee, printer) : call(node, printer);
}

function place(node: ast.LayerSet, printer: Printer): Layout {
  switch (node.kind) {
    case "all_layers":
      return "all";
    case "no_layers":
      return "none";
    case "top_layers":
      return all("top ", expression(node.count, printer, level.primary));
    case "bottom_layers":
      return all("bottom ", expression(node.count, printer, level.primary));
    case "listed_layers":
      return all("layers ", layers(node.layers, printer));
    case "combined_layers":
      return all(place(node.left, printer), ` ${node.operator} `, place(node.right, printer));
  }
  return node satisfies never;
}

function layers(node: ast.Expression, printer: Printer): Layout {
  if (node.kind !== "range") return expression(node, printer, level.primary);
  return all(expression(node.low, printer, level.primary), "..", expression(node.high, printer, level.primary));
}

// ---------------------------------------------------------------------------------------- sequences, comments

const named = (name: ast.Name): Part => ({ node: name, layout: name.text });

interface Brackets {
  readonly open: string;
  readonly close: string;
  readonly parts: readonly Part[];
}

/** `(a, b)`, or one part per line with a comma after each. Braces have a blank inside. */
function bracketed(printer: Printer, sequence: ast.Node, { open, close, parts }: Brackets): Layout {
  const opening = printer.comments.opening(sequence);
  const ending = printer.comments.ending(sequence);
  if (parts.length + opening.length + ending.length === 0) return `${open}${close}`;
  const gap = opening.length > 0 ? hardLine : open === "{" ? line : softLine;
  const body = parts.map(({ node, layout }, i) => {
    const comma = i + 1 < parts.length ? "," : either(",", "");
    return withComments(printer, node, all(layout, comma));
  });
  const end = ending.map((comment) => all(commentText(comment), suffix("")));
  const head = allOf([open, ...trailing(opening)]);
  return group(head, indent(gap, join(line, [...body, ...end])), open === "{" ? line : softLine, close);
}

/** A layout with leading comments on lines of their own and trailing comments on its last line. */
function withComments(printer: Printer, node: ast.Node | "header", layout: Layout): Layout {
  const { leading, trailing: after } = printer.comments.around(node);
  const above = leading.flatMap((comment, i) => {
    const next = leading[i + 1]?.span.start ?? startOf(printer, node);
    return [commentText(comment), isAfterBlank(printer.file, next) ? blankLine : hardLine];
  });
  return allOf([...above, layout, ...trailing(after)]);
}

function trailing(comments: readonly ast.Comment[]): Layout[] {
  return comments.map((comment) => suffix(` ${commentText(comment)}`));
}

function startOf(printer: Printer, node: ast.Node | "header"): number {
  return node === "header" ? (printer.file.header?.start ?? 0) : node.span.start;
}

function commentText({ doc, text }: ast.Comment): string {
  const slashes = doc ? "///" : "//";
  return text === "" ? slashes : `${slashes} ${text}`;
}

/** Whether there is an empty line above an element and its leading comments. */
function blankBefore(printer: Printer, node: ast.Node): boolean {
  return isAfterBlank(printer.file, printer.comments.around(node).leading[0]?.span.start ?? node.span.start);
}

function isAfterBlank({ source }: ast.File, offset: number): boolean {
  const { line, column } = positionAt(source, offset);
  const before = source.text.slice(offset - column + 1, offset);
  return line > 2 && before.trim() === "" && lineText(source, line - 1).trim() === "";
}
