// A pickle machine (protocols 2 to 5) that builds plain data and can run nothing: every global, call and state goes to a
// host, which knows a few names and refuses the rest. Knows neither PyTorch nor files. The opcodes are those of
// CPython's pickletools; what only other protocols or live objects need is refused.

export type PickleValue =
  null | boolean | number | bigint | string | Uint8Array | PickleValue[] | PickleDict | Set<PickleValue> | PickleObject;

/** A Python dict; keys are compared as a Map does. */
export type PickleDict = Map<PickleValue, PickleValue>;

/** What a host puts in: told apart by `kind`. */
export interface PickleObject {
  readonly kind: string;
}

/** Names what a pickle asks for. Each function returns undefined to refuse. */
export interface PickleHost {
  /** The value of `module.name`. */
  global(module: string, name: string): PickleValue | undefined;
  /** The result of calling what `global` gave. */
  call(callee: PickleValue, parameters: readonly PickleValue[]): PickleValue | undefined;
  /** The object of a persistent id. */
  persistent(id: PickleValue): PickleValue | undefined;
  /** Whether `state` may be dropped on `target`, which stays as it is. */
  acceptsState(target: PickleValue, state: PickleValue): boolean;
  /** How to name a value in a message. */
  describe(value: PickleValue): string;
}

/** `damaged`: not a pickle, or cut off. `refused`: `what` is something that a reader of tensors must not do. */
export class PickleError extends Error {
  override readonly name = "PickleError";

  constructor(
    readonly kind: "damaged" | "refused",
    readonly what: string,
  ) {
    super(`${kind}: ${what}`);
  }
}

/** Bounds on what a pickle may make the machine hold. */
const limits = { stack: 1_000_000, memo: 4_000_000, longBytes: 256 };

interface Machine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly host: PickleHost;
  at: number;
  stack: PickleValue[];
  /** The stacks below each open mark. */
  readonly marks: PickleValue[][];
  /** Values held by all stacks below the open marks, and the marks themselves. */
  below: number;
  readonly memo: Map<number, PickleValue>;
}

/** The value that the pickle in `bytes` describes. Throws PickleError. */
export function unpickle(bytes: Uint8Array, host: PickleHost): PickleValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine: Machine = { bytes, view, host, at: 0, stack: [], marks: [], below: 0, memo: new Map() };
  for (;;) {
    const code = take(machine, 1)[0] ?? 0;
    if (code === stop) return pop(machine);
    const operation = operations.get(code);
    if (operation === undefined) throw unknownOpcode(code, machine.at - 1);
    operation(machine);
    if (machine.stack.length + machine.below > limits.stack)
      throw damaged(`it nests or lists more than ${limits.stack} values`);
    if (machine.memo.size > limits.memo) throw damaged(`it remembers more than ${limits.memo} values`);
  }
}

const stop = code(".");

/** Opcodes that build objects of classes or call things in ways no tensor file needs. */
const refusedOpcodes = new Map([
  [code("P"), "PERSID"],
  [code("i"), "INST"],
  [code("o"), "OBJ"],
  [0x81, "NEWOBJ"],
  [0x92, "NEWOBJ_EX"],
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
  [0x95, (m) => void length8(m)],
  // The stack
  [code("("), mark],
  [code("0"), (m) => void pop(m)],
  [code("1"), (m) => void popMark(m)],
  [code("2"), (m) => push(m, top(m))],
  // Constants
  [code("N"), (m) => push(m, null)],
  [0x88, (m) => push(m, true)],
  [0x89, (m) => push(m, false)],
  [code("J"), (m) => push(m, fixed(m, 4).getInt32(0, true))],
  [code("K"), (m) => push(m, fixed(m, 1).getUint8(0))],
  [code("M"), (m) => push(m, fixed(m, 2).getUint16(0, true))],
  [code("G"), (m) => push(m, fixed(m, 8).getFloat64(0, false))],
  [0x8a, (m) => push(m, long(m, length1(m)))],
  [0x8b, (m) => push(m, long(m, length4(m)))],
  [0x8c, (m) => push(m, text(m, length1(m)))],
  [code("X"), (m) => push(m, text(m, length4(m)))],
  [0x8d, (m) => push(m, text(m, length8(m)))],
  [code("U"), (m) => push(m, latin(m, length1(m)))],
  [code("T"), (m) => push(m, latin(m, length4(m)))],
  [code("C"), (m) => push(m, take(m, length1(m)).slice())],
  [code("B"), (m) => push(m, take(m, length4(m)).slice())],
  [0x8e, (m) => push(m, take(m, length8(m)).slice())],
  [0x96, (m) => push(m, take(m, length8(m)).slice())],
  // Tuples and lists
  [code(")"), (m) => push(m, [])],
  [0x85, (m) => push(m, popLast(m, 1))],
  [0x86, (m) => push(m, popLast(m, 2))],
  [0x87, (m) => push(m, popLast(m, 3))],
  [code("t"), (m) => push(m, popMark(m))],
  [code("]"), (m) => push(m, [])],
  [code("l"), (m) => push(m, popMark(m))],
  [code("a"), (m) => append(m, popLast(m, 1))],
  [code("e"), (m) => append(m, popMark(m))],
  // Dicts and sets
  [code("}"), (m) => push(m, new Map())],
  [code("d"), (m) => push(m, setItems(new Map(), popMark(m)))],
  [code("s"), (m) => void setItemsOfTop(m, popLast(m, 2))],
  [code("u"), (m) => void setItemsOfTop(m, popMark(m))],
  [0x8f, (m) => push(m, new Set())],
  [0x90, addItems],
  [0x91, (m) => push(m, new Set(popMark(m)))],
  // The memo
  [code("q"), (m) => void m.memo.set(length1(m), top(m))],
  [code("r"), (m) => void m.memo.set(length4(m), top(m))],
  [0x94, (m) => void m.memo.set(m.memo.size, top(m))],
  [code("h"), (m) => push(m, recall(m, length1(m)))],
  [code("j"), (m) => push(m, recall(m, length4(m)))],
  // What only the host may decide
  [code("c"), (m) => pushGlobal(m, line(m), line(m))],
  [0x93, stackGlobal],
  [code("Q"), persistent],
  [code("R"), reduce],
  [code("b"), build],
]);

function protocol(machine: Machine): void {
  const version = length1(machine);
  if (version > 5) throw damaged(`its pickle has protocol ${version}; read are 2 to 5`);
}

function mark(machine: Machine): void {
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
  machine.stack.push(value);
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
  const list = top(machine);
  if (!Array.isArray(list)) throw damaged("its pickle appends to something that is no list");
  for (const value of values) list.push(value);
}

function setItemsOfTop(machine: Machine, flat: readonly PickleValue[]): void {
  const dict = top(machine);
  if (!(dict instanceof Map)) throw damaged("its pickle sets items of something that is no dict");
  setItems(dict, flat);
}

function setItems(dict: PickleDict, flat: readonly PickleValue[]): PickleDict {
  if (flat.length % 2 !== 0) throw damaged("its pickle sets a key without a value");
  flat.forEach((key, i) => {
    const value = flat[i + 1];
    if (i % 2 === 0 && value !== undefined) dict.set(key, value);
  });
  return dict;
}

function addItems(machine: Machine): void {
  const values = popMark(machine);
  const set = top(machine);
  if (!(set instanceof Set)) throw damaged("its pickle adds to something that is no set");
  for (const value of values) set.add(value);
}

function recall(machine: Machine, key: number): PickleValue {
  const value = machine.memo.get(key);
  if (value === undefined) throw damaged(`its pickle recalls value ${key}, which it never stored`);
  return value;
}

function pushGlobal(machine: Machine, module: string, name: string): void {
  const value = machine.host.global(module, name);
  if (value === undefined) throw new PickleError("refused", `${module}.${name}`);
  push(machine, value);
}

function stackGlobal(machine: Machine): void {
  const [module, name] = popLast(machine, 2);
  if (typeof module !== "string" || typeof name !== "string")
    throw damaged("its pickle names a global by something that is no text");
  pushGlobal(machine, module, name);
}

function persistent(machine: Machine): void {
  const id = pop(machine);
  const value = machine.host.persistent(id);
  if (value === undefined) throw damaged(`its pickle refers to ${machine.host.describe(id)}, which is no storage`);
  push(machine, value);
}

function reduce(machine: Machine): void {
  const [callee, parameters] = popLast(machine, 2);
  if (callee === undefined || !Array.isArray(parameters))
    throw damaged("its pickle calls something without a tuple of arguments");
  const value = machine.host.call(callee, parameters);
  if (value === undefined) throw new PickleError("refused", machine.host.describe(callee));
  push(machine, value);
}

function build(machine: Machine): void {
  const state = pop(machine);
  const target = top(machine);
  if (!machine.host.acceptsState(target, state)) {
    throw new PickleError("refused", `${machine.host.describe(target)}.__setstate__`);
  }
}

function take(machine: Machine, length: number): Uint8Array {
  const end = machine.at + length;
  if (end > machine.bytes.length) throw damaged("its pickle is cut off");
  const bytes = machine.bytes.subarray(machine.at, end);
  machine.at = end;
  return bytes;
}

function fixed(machine: Machine, length: number): DataView {
  const bytes = take(machine, length);
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

function length1(machine: Machine): number {
  return fixed(machine, 1).getUint8(0);
}

function length4(machine: Machine): number {
  return fixed(machine, 4).getUint32(0, true);
}

function length8(machine: Machine): number {
  return Number(fixed(machine, 8).getBigUint64(0, true));
}

function text(machine: Machine, length: number): string {
  return new TextDecoder("utf-8").decode(take(machine, length));
}

function latin(machine: Machine, length: number): string {
  return new TextDecoder("latin1").decode(take(machine, length));
}

/** Text up to the next line break, as the protocol-0 opcodes carry it. */
function line(machine: Machine): string {
  const end = machine.bytes.indexOf(0x0a, machine.at);
  if (end < 0) throw damaged("its pickle is cut off");
  const value = text(machine, end - machine.at);
  machine.at = end + 1;
  return value;
}

/** A little-endian two's complement integer; a bigint beyond the safe ones. */
function long(machine: Machine, length: number): number | bigint {
  if (length > limits.longBytes) throw damaged(`its pickle holds an integer of ${length} bytes`);
  const bytes = take(machine, length);
  const unsigned = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * length, unsigned);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function damaged(what: string): PickleError {
  return new PickleError("damaged", what);
}

function code(character: string): number {
  return character.charCodeAt(0);
}
