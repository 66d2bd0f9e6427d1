// A session on the C API: host arrays are read and written in place; loading and running happen on a worker thread. It holds
// native memory, which `release` frees.
import { loadApi, type Pointer, type StatusCall } from "./c-api.js";
import { releasedError } from "./error.js";
import { createOptions, inTurn, namesOf, openRuntime, type Names, type Runtime } from "./koffi-runtime.js";
import type { OrtArray, OrtSession, SessionOptions } from "./ort-session.js";
import { matchFeeds, port, type Feeds, type Port, type Signature } from "./signature.js";

export { setVariable } from "./c-api.js";
export { forgetArray } from "./koffi-runtime.js";

/** Loads the library. Throws OrtError `engine/library-missing`. */
export function koffiVersion(): string {
  return loadApi().version;
}

/**
 * Loads a serialized ONNX model without blocking. Rejects with OrtError `engine/library-missing` (before anything else is
 * tried) or `engine/model-rejected`.
 */
export async function createKoffiSession(model: Uint8Array, options: SessionOptions): Promise<OrtSession> {
  const shared = openRuntime();
  const { api, environment } = shared;
  const settings = createOptions(api, options);
  const result = new BigUint64Array(1);
  const order = options.provider === "webgpu" ? inTurn : atOnce;
  try {
    await order(() => api.callAsync("CreateSessionFromArray", environment, model, model.byteLength, settings, result));
  } finally {
    api.release("ReleaseSessionOptions", settings);
  }
  const session = result[0] ?? 0n;
  try {
    return new KoffiSession(shared, session, { signature: readSignature(shared, session), order });
  } catch (cause) {
    api.release("ReleaseSession", session);
    throw cause;
  }
}

/** When a call may start: `inTurn` for GPUs, otherwise at once. */
type Order = typeof inTurn;
const atOnce: Order = (work) => work();

class KoffiSession implements OrtSession {
  readonly kind = "koffi";
  readonly version: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #runtime: Runtime;
  readonly #signature: Signature;
  readonly #order: Order;
  readonly #inputNames: Names;
  readonly #outputNames: Names;
  /** The arrays of runs in progress: native code uses their memory, so they must not be garbage-collected. */
  readonly #underWay = new Set<Feeds>();
  #session: Pointer | undefined;
  #released = false;

  constructor(
    shared: Runtime,
    session: Pointer,
    { signature, order }: { readonly signature: Signature; readonly order: Order },
  ) {
    this.#runtime = shared;
    this.#order = order;
    this.#session = session;
    this.#signature = signature;
    this.version = shared.api.version;
    this.inputs = signature.inputs.map(({ name }) => name);
    this.outputs = signature.outputs.map(({ name }) => name);
    this.#inputNames = namesOf(shared.api, this.inputs);
    this.#outputNames = namesOf(shared.api, this.outputs);
  }

  async run(inputs: ReadonlyMap<string, OrtArray>, outputs: ReadonlyMap<string, OrtArray>): Promise<void> {
    const session = this.#session;
    if (this.#released || session === undefined) throw releasedError();
    const { api, values } = this.#runtime;
    const feeds = matchFeeds(this.#signature, inputs, outputs);
    const given = BigUint64Array.from(feeds.inputs, values.of);
    const wanted = BigUint64Array.from(feeds.outputs, values.of);
    const wantedNames = BigUint64Array.from(feeds.outputPorts, (i) => this.#outputNames.pointers[i] ?? 0n);
    this.#underWay.add(feeds);
    try {
      const { pointers } = this.#inputNames;
      const call = [session, null, pointers, given, given.length, wantedNames, wanted.length, wanted];
      await this.#order(() => api.callAsync("Run", ...call));
    } finally {
      this.#underWay.delete(feeds);
      if (this.#released) this.#free();
    }
  }

  release(): void {
    this.#released = true;
    this.#free();
  }

  #free(): void {
    if (this.#underWay.size > 0 || this.#session === undefined) return;
    this.#runtime.api.release("ReleaseSession", this.#session);
    this.#session = undefined;
  }
}

function readSignature(shared: Runtime, session: Pointer): Signature {
  const read = (count: StatusCall, name: StatusCall, type: StatusCall): Port[] =>
    Array.from({ length: Number(shared.api.out(count, session)) }, (_, i) =>
      readPort(shared, readName(shared, name, session, i), shared.api.out(type, session, i)),
    );
  return {
    inputs: read("SessionGetInputCount", "SessionGetInputName", "SessionGetInputTypeInfo"),
    outputs: read("SessionGetOutputCount", "SessionGetOutputName", "SessionGetOutputTypeInfo"),
  };
}

function readName({ api, allocator }: Runtime, call: StatusCall, session: Pointer, index: number): string {
  const text = api.out(call, session, index, allocator);
  try {
    return api.text(text);
  } finally {
    api.call("AllocatorFree", allocator, text);
  }
}

/** Reads a type info and releases it. */
function readPort({ api }: Runtime, name: string, typeInfo: Pointer): Port {
  try {
    const tensor = api.out("CastTypeInfoToTensorInfo", typeInfo);
    if (tensor === 0n) return port(name, "not a tensor", []);
    const elementType = new Int32Array(1);
    api.call("GetTensorElementType", tensor, elementType);
    const dimensions = new BigInt64Array(Number(api.out("GetDimensionsCount", tensor)));
    if (dimensions.length > 0) api.call("GetDimensions", tensor, dimensions, dimensions.length);
    return port(name, elementType[0] ?? 0, Array.from(dimensions, Number));
  } finally {
    api.release("ReleaseTypeInfo", typeInfo);
  }
}
