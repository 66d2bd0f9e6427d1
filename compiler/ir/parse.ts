// Parses the textual IR that `print.ts` writes. Malformed text gives problems with positions, never an exception.
// Origins are skipped: a parsed graph comes from an IR file, not from a spec.
import { isOpName, type OpName } from "../ops/index.js";
import { applyOp, attributeKinds, attributeProblems, type AttributeKind } from "../ops/apply.js";
import { fromBase64, readNumber } from "./elements.js";
import { createGraph, input, type Attribute, type Graph, type Input, type InputRole, type Value } from "./graph.js";
import { cursorOver, IrError, type Cursor, type IrProblem } from "./lexer.js";
import { dtypeOf, sameShape, typeText, type TensorType } from "./types.js";

export type { IrProblem } from "./lexer.js";

/** A graph, or the problems of the text. */
export type ParsedGraph =
  { readonly ok: true; readonly graph: Graph } | { readonly ok: false; readonly problems: readonly IrProblem[] };

interface State {
  name: string | null;
  readonly inputs: Input[];
  /** `%n` → its value; null if the defining line is wrong, so that one mistake is reported once. */
  readonly values: Map<string, Value | null>;
  readonly outputs: Map<string, Value>;
  /** `#n` → base64. */
  readonly data: Map<string, string>;
}

/** Thrown for a line whose only mistake is one already reported. */
class Repeated extends Error {}

/** Parses a text to a graph, or to a list of all problems. Unused inputs are left out. */
export function parse(text: string): ParsedGraph {
  const state: State = {
    name: null,
    inputs: [],
    values: new Map(),
    outputs: new Map(),
    data: new Map(),
  };
  const problems: IrProblem[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  // Long constants are at the end of the text, and are read before the lines that use them.
  const isData = (line: string): boolean => /^\s*data\b/.test(line);
  for (const wantsData of [true, false]) {
    lines.forEach((line, i) => {
      if (isData(line) === wantsData) readLine(state, line, (problem) => problems.push({ line: i + 1, ...problem }));
    });
  }
  problems.sort((a, b) => a.line - b.line);
  if (problems.length === 0) problems.push(...wholeProblems(state, lines.length));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, graph: createGraph(state.name ?? "", state.inputs, state.outputs) };
}

function readLine(state: State, line: string, report: (problem: Omit<IrProblem, "line">) => void): void {
  try {
    const cursor = cursorOver(line);
    if (!cursor.atEnd) readStatement(state, cursor);
    if (!cursor.atEnd) cursor.fail("the line goes on after its statement");
  } catch (error) {
    // The values that this line should have defined are marked as broken.
    for (const [name] of line.split("=")[0]?.matchAll(/%\d+/g) ?? []) {
      if (!state.values.has(name)) state.values.set(name, null);
    }
    if (error instanceof IrError) report({ column: error.column, message: error.message });
    else if (!(error instanceof Repeated)) throw error;
  }
}

function wholeProblems(state: State, lastLine: number): IrProblem[] {
  return state.name === null ? [{ line: lastLine, column: 1, message: 'graph "name" is missing' }] : [];
}

function readStatement(state: State, cursor: Cursor): void {
  if (cursor.skip("graph")) {
    if (state.name !== null) cursor.fail("a second graph");
    state.name = cursor.takeText("the graph's name");
  } else if (cursor.skip("input")) readInput(state, cursor);
  else if (cursor.skip("output")) readOutput(state, cursor);
  else if (cursor.skip("data")) readData(state, cursor);
  else readNode(state, cursor);
}

const ROLES: ReadonlySet<string> = new Set<InputRole>(["parameter", "batch", "noise", "state", "scalar"]);
const isRole = (word: string): word is InputRole => ROLES.has(word);

function readInput(state: State, cursor: Cursor): void {
  const name = newValue(state, cursor);
  cursor.expect(":");
  const type = readType(cursor);
  const role = cursor.take("word", "a role");
  if (!isRole(role)) return cursor.fail(`${role} is none of ${[...ROLES].join(", ")}`);
  const label = cursor.takeText("the input's name");
  if (state.inputs.some((entry) => entry.name === label)) cursor.fail(`a second input ${label}`);
  const fallback = cursor.skip("=") ? readNumber(cursor.take("number", "a number")) : null;
  const entry = input(label, role, type, fallback);
  state.inputs.push(entry);
  state.values.set(name, entry.value);
}

function readOutput(state: State, cursor: Cursor): void {
  const name = cursor.takeText("the output's name");
  if (state.outputs.has(name)) cursor.fail(`a second output ${name}`);
  cursor.expect("=");
  state.outputs.set(name, readValue(state, cursor));
}

function readData(state: State, cursor: Cursor): void {
  const name = cursor.take("data", "#0, #1, …");
  if (state.data.has(name)) cursor.fail(`a second ${name}`);
  cursor.expect("=");
  state.data.set(name, cursor.takeText("base64"));
}

function readNode(state: State, cursor: Cursor): void {
  const results: { name: string; type: TensorType; column: number }[] = [];
  do {
    const { column } = cursor;
    const name = newValue(state, cursor);
    cursor.expect(":");
    results.push({ name, type: readType(cursor), column });
  } while (cursor.skip(","));
  cursor.expect("=");
  const { column } = cursor;
  const op = cursor.take("word", "an operation");
  if (!isOpName(op)) throw new IrError(column, `there is no operation ${op}`);
  const [head] = results;
  const inputs = op === "constant" ? [] : readList(cursor, ["(", ")"], () => readValue(state, cursor));
  const attributes = op === "constant" && head ? readConstant(state, cursor, head.type) : readAttributes(cursor, op);
  const [problem] = attributeProblems(op, attributes);
  if (problem !== undefined) throw new IrError(column, problem);
  const values = applied(() => applyOp(op, inputs, attributes), column);
  if (values.length !== results.length) throw new IrError(column, `${op} has ${values.length} results`);
  values.forEach((value, i) => {
    const result = results[i];
    if (result === undefined) return;
    const { dtype, shape } = result.type;
    if (value.type.dtype !== dtype || !sameShape(value.type.shape, shape)) {
      throw new IrError(result.column, `${op} gives ${typeText(value.type)}, not ${typeText(result.type)}`);
    }
    state.values.set(result.name, value);
  });
}

/** Turns the ShapeError of a shape rule into a problem of the text. */
function applied(apply: () => readonly Value[], column: number): readonly Value[] {
  try {
    return apply();
  } catch (error) {
    throw new IrError(column, error instanceof Error ? error.message.replace(/^internal: /, "") : "refused");
  }
}

function newValue(state: State, cursor: Cursor): string {
  const { column } = cursor;
  const name = cursor.take("value", "%0, %1, …");
  if (state.values.has(name)) throw new IrError(column, `${name} is defined twice`);
  return name;
}

function readValue(state: State, cursor: Cursor): Value {
  const { column } = cursor;
  const name = cursor.take("value", "%0, %1, …");
  const value = state.values.get(name);
  if (value === null) throw new Repeated();
  if (value === undefined) throw new IrError(column, `${name} is not defined above`);
  return value;
}

function readType(cursor: Cursor): TensorType {
  const name = cursor.take("word", "f32 or i32");
  const dtype = dtypeOf(name);
  if (dtype === undefined) return cursor.fail(`${name} is not f32, i32, u8 or bf16`);
  const shape = readNumbers(cursor);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) cursor.fail("a shape of whole numbers expected");
  return { dtype, shape };
}

function readConstant(state: State, cursor: Cursor, type: TensorType): Record<string, Attribute> {
  const { dtype, shape } = type;
  if (dtype === "bfloat16" || dtype === "uint8") return cursor.fail("constants are f32 or i32");
  if (cursor.sees("[")) {
    const numbers = readNumbers(cursor);
    return { dtype, shape, data: dtype === "int32" ? Int32Array.from(numbers) : Float32Array.from(numbers) };
  }
  const { column } = cursor;
  const name = cursor.take("data", "[elements] or #0, #1, …");
  const data = fromBase64(state.data.get(name) ?? "?", dtype);
  if (data === null) throw new IrError(column, `${name} is missing or is not base64 of 32-bit elements`);
  return { dtype, shape, data };
}

function readAttributes(cursor: Cursor, op: OpName): Record<string, Attribute> {
  const attributes: Record<string, Attribute> = {};
  if (!cursor.sees("{")) return attributes;
  readList(cursor, ["{", "}"], () => {
    const { column } = cursor;
    const name = cursor.take("word", "an attribute");
    const kind = Object.hasOwn(attributeKinds[op], name) ? attributeKinds[op][name] : undefined;
    if (kind === undefined) throw new IrError(column, `${op} has no attribute ${name}`);
    cursor.expect("=");
    attributes[name] = readAttribute(cursor, kind);
  });
  return attributes;
}

function readAttribute(cursor: Cursor, kind: AttributeKind): Attribute {
  switch (kind) {
    case "number":
      return readNumber(cursor.take("number", "a number"));
    case "text":
      return cursor.takeText("a text");
    case "flag":
      if (cursor.skip("true")) return true;
      cursor.expect("false");
      return false;
    case "numbers":
      return readNumbers(cursor);
    case "elements":
      return cursor.fail("only constants have elements");
  }
}

function readNumbers(cursor: Cursor): number[] {
  return readList(cursor, ["[", "]"], () => readNumber(cursor.take("number", "a number")));
}

function readList<T>(cursor: Cursor, [open, close]: readonly [string, string], read: () => T): T[] {
  cursor.expect(open);
  const items: T[] = [];
  while (!cursor.skip(close)) {
    if (items.length > 0) cursor.expect(",");
    items.push(read());
  }
  return items;
}
