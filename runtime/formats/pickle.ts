// A pickle machine (protocols 2 to 5) that builds plain data and cannot run anything: every global, call and state goes to a
// host, which knows a few names; for all others only the parts are kept. Knows neither PyTorch nor files. The opcodes are those
// of CPython's pickletools; those that refer to anything outside the pickle are refused.
import { PickleInput } from "./pickle-input.js";
import { damaged, isOpaque, PickleError, type Opaque, type PickleHost, type PickleValue } from "./pickle-values.js";

/** The content of a pickle. */
export interface Unpickled {
  readonly value: PickleValue;
  /** Length of the pickle in bytes. */
  readonly length: number;
  /** Globals that the host does not know, and how many objects they would have made. */
  readonly unknown: ReadonlyMap<string, number>;
}

/** The most values on all stacks together. */
const stackLimit = 1_000_000;

/** The memory of values, in words of eight bytes. */
const costs = { value: 1, list: 7, dict: 25, entry: 6, object: 40 } as const;

/** The most words of a pickle: 256 MB. PyTorch's pickles take 400 to 600 words per tensor with its optimizer state. */
const allowance = 32_000_000;

interface Machine {
  readonly input: PickleInput;
  readonly host: PickleHost;
  stack: PickleValue[];
  /** The stack below each open mark. */
  readonly marks: PickleValue[][];
  /** The number of values below open marks, plus the marks themselves. */
  below: number;
  readonly memo: Map<number, PickleValue>;
  readonly unknown: Map<string, number>;
  /** Words that are left to spend. */
  left: number;
}

/** The value of the pickle at the start of `bytes`. Throws PickleError. */
export function unpickle(bytes: Uint8Array, host: PickleHost): Unpickled {
  const input = new PickleInput(bytes);
  const unknown = new Map<string, number>();
  const machine: Machine = { input, host, stack: [], marks: [], below: 0, memo: new Map(), unknown, left: allowance };
  for (;;) {
    const code = input.byte();
    if (code === stop) return { value: pop(machine), length: input.at, unknown };
    const operation = operations.get(code);
    if (operation === undefined) throw unknownOpcode(code, input.at - 1);
    operation(machine);
    if (machine.stack.length + machine.below > stackLimit)
      throw damaged(`it nests or lists more than ${stackLimit} values`);
  }
}

const stop = code(".");

/** Opcodes that refer to something outside the pickle. */
const refusedOpcodes = new Map([
  [code("P"), "PERSID"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);

function unknownOpcode(opcode: number, at: number): PickleError {
  const name = refusedOpcodes.get(opcode);
  if (name !== undefined) return new PickleError("refused", `the pickle operation ${name}`);
  return damaged(`byte ${at} of its pickle, 0x${opcode.toString(16).padStart(2, "0")}, is no operation`);
}

type Operation = (machine: Machine) => void;

const operations = new Map<number, Operation>([
  // Frames and protocol
  [0x80, protocol],
  [0x95, (m) => void m.input.uint64()],
  // The stack
  [code("("), mark],
  [code("0"), (m) => void pop(m)],
  [code("1"), (m) => void popMark(m)],
  [code("2"), (m) => push(m, top(m))],
  // Constants
  [code("N"), (m) => push(m, null)],
  [0x88, (m) => push(m, true)],
  [0x89, (m) => push(m, false)],
  [code("J"), (m) => push(m, m.input.int32())],
  [code("K"), (m) => push(m, m.input.byte())],
  [code("M"), (m) => push(m, m.input.uint16())],
  [code("G"), (m) => push(m, m.input.float64())],
  [0x8a, (m) => push(m, m.input.long(m.input.byte()))],
  [0x8b, (m) => push(m, m.input.long(m.input.uint32()))],
  [0x8c, (m) => push(m, m.input.text(m.input.byte()))],
  [code("X"), (m) => push(m, m.input.text(m.input.uint32()))],
  [0x8d, (m) => push(m, m.input.text(m.input.uint64()))],
  [code("U"), (m) => push(m, m.input.latin(m.input.byte()))],
  [code("T"), (m) => push(m, m.input.latin(m.input.uint32()))],
  [code("C"), (m) => push(m, m.input.take(m.input.byte()).slice())],
  [code("B"), (m) => push(m, m.input.take(m.input.uint32()).slice())],
  [0x8e, (m) => push(m, m.input.take(m.input.uint64()).slice())],
  [0x96, (m) => push(m, m.input.take(m.input.uint64()).slice())],
  // Tuples and lists
  [code(")"), (m) => pushList(m, [])],
  [0x85, (m) => pushList(m, popLast(m, 1))],
  [0x86, (m) => pushList(m, popLast(m, 2))],
  [0x87, (m) => pushList(m, popLast(m, 3))],
  [code("t"), (m) => push(m, popMark(m))],
  [code("]"), (m) => pushList(m, [])],
  [code("l"), (m) => push(m, popMark(m))],
  [code("a"), (m) => append(m, popLast(m, 1))],
  [code("e"), (m) => append(m, popMark(m))],
  // Dicts and sets
  [code("}"), (m) => void pushDict(m)],
  [code("d"), dictOfMark],
  [code("s"), (m) => setItems(m, popLast(m, 2))],
  [code("u"), (m) => setItems(m, popMark(m))],
  [0x8f, (m) => void pushSet(m)],
  [0x90, (m) => addItems(m, popMark(m))],
  [0x91, setOfMark],
  // The memo
  [code("q"), (m) => remember(m, m.input.byte())],
  [code("r"), (m) => remember(m, m.input.uint32())],
  [0x94, (m) => remember(m, m.memo.size)],
  [code("h"), (m) => push(m, recall(m, m.input.byte()))],
  [code("j"), (m) => push(m, recall(m, m.input.uint32()))],
  // Decided by the host
  [code("c"), (m) => pushGlobal(m, m.input.line(), m.input.line())],
  [0x93, stackGlobal],
  [code("Q"), persistent],
  [code("R"), (m) => make(m, popLast(m, 2))],
  [0x81, (m) => make(m, popLast(m, 2))],
  [0x92, (m) => make(m, popLast(m, 3))],
  [code("o"), makeOfMark],
  [code("i"), makeByName],
  [code("b"), build],
]);

function protocol(machine: Machine): void {
  const version = machine.input.byte();
  if (version > 5) throw damaged(`its pickle has protocol ${version}; read are 2 to 5`);
}

/** Accounts for memory before it is used. Throws if the pickle exceeds its allowance. */
function spend(machine: Machine, words: number): void {
  machine.left -= words;
  if (machine.left < 0) throw damaged("it describes more values than a file of tensors has");
}

function mark(machine: Machine): void {
  spend(machine, costs.list);
  machine.marks.push(machine.stack);
  machine.below += machine.stack.length + 1;
  machine.stack = [];
}

function popMark(machine: Machine): PickleValue[] {
  const values = machine.stack;
  const below = machine.marks.pop();
  if (below === undefined) throw damaged("its pickle closes a mark it never opened");
  machine.stack = below;
  machine.below -= below.length + 1;
  return values;
}

function push(machine: Machine, value: PickleValue): void {
  spend(machine, costs.value);
  machine.stack.push(value);
}

function pushList(machine: Machine, list: PickleValue[]): void {
  spend(machine, costs.list);
  push(machine, list);
}

function pushDict(machine: Machine): void {
  spend(machine, costs.dict);
  push(machine, new Map());
}

function pushSet(machine: Machine): void {
  spend(machine, costs.dict);
  push(machine, new Set());
}

function pop(machine: Machine): PickleValue {
  const value = machine.stack.pop();
  if (value === undefined) throw damaged("its pickle takes a value from an empty stack");
  return value;
}

function popLast(machine: Machine, count: number): PickleValue[] {
  return Array.from({ length: count }, () => pop(machine)).reverse();
}

function top(machine: Machine): PickleValue {
  const value = machine.stack.at(-1);
  if (value === undefined) throw damaged("its pickle reads a value from an empty stack");
  return value;
}

function append(machine: Machine, values: readonly PickleValue[]): void {
  const target = top(machine);
  const list = isOpaque(target) ? (target.list ??= []) : target;
  if (!Array.isArray(list)) throw damaged("its pickle appends to something that is no list");
  spend(machine, values.length * costs.value);
  for (const value of values) list.push(value);
}

function dictOfMark(machine: Machine): void {
  const items = popMark(machine);
  pushDict(machine);
  setItems(machine, items);
}

function setItems(machine: Machine, flat: readonly PickleValue[]): void {
  const target = top(machine);
  const dict: PickleValue = isOpaque(target) ? (target.dict ??= new Map()) : target;
  if (!(dict instanceof Map)) throw damaged("its pickle sets items of something that is no dict");
  if (flat.length % 2 !== 0) throw damaged("its pickle sets a key without a value");
  spend(machine, flat.length * costs.entry);
  flat.forEach((key, i) => {
    const value = flat[i + 1];
    if (i % 2 === 0 && value !== undefined) dict.set(key, value);
  });
}

function setOfMark(machine: Machine): void {
  const items = popMark(machine);
  pushSet(machine);
  addItems(machine, items);
}

function addItems(machine: Machine, values: readonly PickleValue[]): void {
  const target = top(machine);
  spend(machine, values.length * costs.entry);
  if (isOpaque(target)) append(machine, values);
  else if (target instanceof Set) for (const value of values) target.add(value);
  else throw damaged("its pickle adds to something that is no set");
}

function remember(machine: Machine, key: number): void {
  spend(machine, costs.entry);
  machine.memo.set(key, top(machine));
}

function recall(machine: Machine, key: number): PickleValue {
  const value = machine.memo.get(key);
  if (value === undefined) throw damaged(`its pickle recalls value ${key}, which it never stored`);
  return value;
}

function pushGlobal(machine: Machine, module: string, name: string): void {
  push(machine, machine.host.global(module, name) ?? opaque(machine, `${module}.${name}`, null));
}

function stackGlobal(machine: Machine): void {
  const [module, name] = popLast(machine, 2);
  if (typeof module !== "string" || typeof name !== "string")
    throw damaged("its pickle names a global by something that is no text");
  pushGlobal(machine, module, name);
}

/** A name that the host does not know, or the object that calling it with `given` would have made. */
function opaque(machine: Machine, name: string, given: readonly PickleValue[] | null): Opaque {
  const { unknown } = machine;
  spend(machine, costs.object);
  unknown.set(name, (unknown.get(name) ?? 0) + (given === null ? 0 : 1));
  return { kind: "opaque", name, given };
}

function persistent(machine: Machine): void {
  const id = pop(machine);
  const value = machine.host.persistent(id);
  if (value === undefined) throw damaged(`its pickle refers to ${machine.host.describe(id)}, which is no storage`);
  spend(machine, costs.object);
  push(machine, value);
}

/**
 * Calls `callee` (for a class: creates an instance). Calls with keyword arguments stay opaque, since no function here takes
 * any.
 */
function make(machine: Machine, [callee, parameters, keywords]: readonly PickleValue[]): void {
  if (callee === undefined || !Array.isArray(parameters))
    throw damaged("its pickle calls something without a tuple of arguments");
  if (typeof callee !== "object" || callee === null || !("kind" in callee))
    throw damaged(`its pickle calls ${machine.host.describe(callee)}, which is no function`);
  // Counted at every call: one list may be the argument of many.
  spend(machine, costs.object + parameters.length);
  spend(
    machine,
    parameters.reduce((sum: number, value) => sum + weightOf(value), 0),
  );
  const known = keywords === undefined ? machine.host.call(callee, parameters) : undefined;
  if (known !== undefined) {
    spend(machine, weightOf(known));
    return push(machine, known);
  }
  // If a known function cannot be called, an opaque argument is the reason.
  const stranger = [callee, ...parameters].find(isOpaque);
  const given = keywords === undefined ? parameters : [...parameters, keywords];
  push(machine, opaque(machine, stranger?.name ?? machine.host.describe(callee), given));
}

/** Words of a value's own elements. */
function weightOf(value: PickleValue): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size * costs.entry;
  return value instanceof Uint8Array || typeof value === "string" ? value.length / 8 : 0;
}

function makeOfMark(machine: Machine): void {
  const [callee, ...parameters] = popMark(machine);
  make(machine, callee === undefined ? [] : [callee, parameters]);
}

function makeByName(machine: Machine): void {
  pushGlobal(machine, machine.input.line(), machine.input.line());
  const callee = pop(machine);
  make(machine, [callee, popMark(machine)]);
}

function build(machine: Machine): void {
  const state = pop(machine);
  const target = top(machine);
  if (machine.host.build(target, state)) return;
  if (!isOpaque(target)) throw damaged(`its pickle sets the state of ${machine.host.describe(target)}, which has none`);
  target.state = state;
}

function code(character: string): number {
  return character.charCodeAt(0);
}
