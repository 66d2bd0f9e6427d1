// The Python process of the torch engine. It handles requests in their order and answers each when its result is there.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { systemReason } from "../../errors/system-error.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { compiledFolder, pythonCommand } from "../../python.js";
import type { Compiling, EngineOptions } from "../engine.js";
import { shareMemory, type Piece, type SharedMemory } from "./memory.js";

type Named = readonly (readonly [name: string, id: number])[];

/** The methods of worker.py and their fields. */
export interface Requests {
  readonly create: { readonly id: number; readonly dtype: string; readonly shape: readonly number[] };
  readonly write: Requests["create"];
  readonly read: { readonly id: number };
  readonly release: { readonly id: number };
  readonly load: { readonly program: number; readonly name: string };
  readonly unload: { readonly program: number };
  readonly exchange: { readonly numbers: readonly number[]; readonly patient: boolean };
  /** Not executed if an earlier request failed whose failure had not been reported when this one was sent. */
  readonly run: { readonly program: number; readonly inputs: Named; readonly into: Named; readonly outputs: Named };
}

/** A JSON head, and a body with the elements of tensors. */
export interface Answer {
  readonly head: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

/** Sends a request, whose body must not change until the answer. Rejects with V936. */
export type Ask = <Name extends keyof Requests>(
  name: Name,
  head: Requests[Name],
  bodies?: { readonly body?: Uint8Array; /** Bytes of the answer's. */ readonly expected?: number },
) => Promise<Answer>;

/** A Python process that is ready. */
export interface Worker {
  /** The version of PyTorch, and the device. */
  readonly greeting: Answer["head"];
  readonly ask: Ask;
  /** Ends the process. */
  readonly close: () => void;
}

type Process = ChildProcessByStdio<Writable, Readable, Readable>;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** The folder of the Python scripts. */
export const scriptFolder = import.meta.dirname;

/** Two unsigned 64-bit numbers: the lengths of head and body. */
const LENGTHS = 16;

/** Options of a worker. */
interface WorkerOptions extends Required<
  Pick<EngineOptions, "threads" | "precision" | "shares" | "compile" | "compiling">
> {
  /** Whether large tensors are passed in shared memory if the system has it; default yes. */
  readonly memory?: boolean;
}

/**
 * Starts Python on a device; `auto`: CUDA if available. Rejects with V966 if that fails, with V655 if other ranks are not
 * found.
 */
export async function startWorker(device: string, options: WorkerOptions): Promise<Worker> {
  const { threads, precision, shares, compile, compiling } = options;
  const python = pythonCommand();
  const script = join(scriptFolder, "worker.py");
  // Read now: a launcher of several workers sets it for each.
  const env = { ...process.env, TORCHINDUCTOR_CACHE_DIR: compiledFolder() };
  const memory = options.memory === false ? null : await shareMemory();
  const ways = [...(shares ? ["ranks"] : []), ...(compile ? ["compile"] : []), ...(memory ? ["memory"] : [])];
  const words = ["-B", script, device, String(threads), precision, ...ways];
  const stdio = ["pipe", "pipe", "pipe", memory?.descriptor ?? "ignore"] as const;
  const child = spawn(python, words, { stdio: [...stdio], env }) as Process; // its first three streams are pipes
  child.once("close", () => memory?.close());
  const unusable = (reason: string, cause?: unknown, help = install): Error =>
    vlmoError("V966", { engine: "torch", reason }, { help, cause });
  await once(child, "spawn").catch((cause: unknown) => {
    throw unusable(`\`${python}\` does not start: ${systemReason(cause)}`, cause);
  });
  const { first, ask } = converse(child, memory, compiling);
  const close = (): void => void child.stdin.end();
  const { head } = await first.catch((cause: Ended) => {
    throw unusable(`${python}: ${cause.message}`, cause);
  });
  if (head["missing"] === undefined) return { greeting: head, ask, close };
  close();
  if (head["lacks"] === "ranks") throw vlmoError("V655", { reason: String(head["missing"]) });
  throw unusable(`${python}: ${String(head["missing"])}`, undefined, remedies[String(head["lacks"])] ?? install);
}

/** Help by what the worker reports as missing. */
const remedies: Readonly<Record<string, string>> = {
  cuda: "leave out --backend, write --backend cpu, or install a PyTorch for this machine's driver",
  compiler: "install a C++ compiler such as g++ (CXX names another), or leave out --compile",
  triton: "install Triton for Python (`pip install triton`), or leave out --compile",
};

/** Help for a missing Python or PyTorch. */
export const install = "run `vlmo setup torch`, or name a Python that has PyTorch in VLMO_PYTHON";

/** The process has ended. */
class Ended extends Error {}

/** The first answer is unsolicited: whether the start succeeded. */
function converse(
  child: Process,
  memory: SharedMemory | null,
  compiling: (news: Compiling) => void,
): { readonly first: Promise<Answer>; readonly ask: Ask } {
  const waiting = new Map<number, Waiting>();
  let over: Ended | null = null;
  const wait = (number: number): Promise<Answer> =>
    new Promise((resolve, reject) => (over === null ? waiting.set(number, { resolve, reject }) : reject(over)));
  let failures = 0;
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words = (words + text).slice(-2000)));
  // Writing to a process that has ended fails, but its end is reported anyway.
  child.stdin.on("error", () => undefined);
  const first = wait(0);
  const ended = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const last = words.trim().split("\n").at(-1) ?? "";
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    const end = new Ended(`Python ended (${how})${last === "" ? "" : `: ${last}`}`);
    over = end;
    waiting.forEach(({ reject }) => reject(end));
    waiting.clear();
  };
  const listen = async (): Promise<void> => {
    for await (const answer of answersOf(child.stdout)) {
      const { error, compiling: news, number } = answer.head;
      if (news !== undefined) {
        compiling(news as Compiling); // as compiles.py tells it
        continue;
      }
      const asked = waiting.get(Number(number));
      waiting.delete(Number(number));
      if (error === undefined) asked?.resolve(answer);
      else {
        failures++;
        asked?.reject(refused(answer.head));
      }
    }
  };
  listen().then(ended, ended);
  let asked = 0;
  const ask: Ask = async (name, head, { body = nothing, expected = 0 } = {}) => {
    const number = ++asked;
    const bodies = placed(memory, body, expected);
    const framed = frame({ do: name, number, failures, ...bodies.places, ...head }, bodies.sent);
    for (const part of framed) child.stdin.write(part);
    try {
      return bodies.received(await wait(number));
    } catch (error) {
      throw error instanceof Ended ? failed(error.message) : error;
    } finally {
      bodies.release();
    }
  };
  return { first, ask };
}

const nothing = new Uint8Array();

function frame(head: object, body: Uint8Array): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(LENGTHS);
  lengths.writeBigUInt64LE(BigInt(text.length), 0);
  lengths.writeBigUInt64LE(BigInt(body.length), 8);
  return [lengths, text, body];
}

/** Where the bodies of a request and of its answer are passed: in shared memory if there is room. */
function placed(memory: SharedMemory | null, body: Uint8Array, expected: number) {
  const [there, back] = [memory?.put(body) ?? null, memory?.take(expected) ?? null];
  return {
    places: { ...(there && { body: placeOf(there) }), ...(back && { answer: placeOf(back) }) },
    sent: there === null ? body : nothing,
    received: (answer: Answer): Answer =>
      answer.head["placed"] === true && back !== null ? { ...answer, body: back.read() } : answer,
    release: (): void => [there, back].forEach((piece) => piece?.release()),
  };
}

function placeOf({ at, length }: Piece): readonly [at: number, length: number] {
  return [at, length];
}

/** The error of an answer: of another rank, or of this process. */
function refused({ error, silent, gone }: Answer["head"]): Error {
  if (typeof silent === "number") return vlmoError("V905", { seconds: silent });
  return gone === true ? vlmoError("V907", { reason: "is gone" }) : failed(String(error));
}

function failed(reason: string): Error {
  return vlmoError("V936", { engine: "torch", reason });
}

/** The answers of a stream, until it ends. */
async function* answersOf(stream: Readable): AsyncGenerator<Answer> {
  const take = reader(stream);
  for (;;) {
    const lengths = await take(LENGTHS);
    const head = lengths && (await take(Number(lengths.readBigUInt64LE(0))));
    const body = lengths && (await take(Number(lengths.readBigUInt64LE(8))));
    if (!head || !body) return;
    // Boundary: worker.py sends one JSON object a frame.
    yield { head: JSON.parse(head.toString()) as Answer["head"], body };
  }
}

/** Reads a number of bytes from a stream; null if it ends before. */
function reader(stream: Readable): (count: number) => Promise<Buffer | null> {
  const chunks: AsyncIterator<Buffer, undefined> = stream[Symbol.asyncIterator]();
  let left: Buffer[] = [];
  let held = 0;
  return async (count) => {
    while (held < count) {
      const { value } = await chunks.next();
      if (value === undefined) return null;
      left.push(value);
      held += value.length;
    }
    const all = Buffer.concat(left);
    left = [all.subarray(count)];
    held -= count;
    return all.subarray(0, count);
  };
}
