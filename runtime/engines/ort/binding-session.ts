// A session on the binding of onnxruntime-node, for platforms where koffi cannot be loaded. `run` blocks the main thread, and
// the binding copies every output it returns, although it has already written to our array.
import { env, InferenceSession, Tensor } from "onnxruntime-node";
import { OrtError, releasedError } from "./error.js";
import { textSettings, type HostArray, type OrtArray, type OrtSession, type SessionOptions } from "./ort-session.js";
import { matchFeeds, port, type Feeds, type Port, type Signature } from "./signature.js";

/** ONNX Runtime's version, as the binding reports it. */
export const bindingVersion = env.versions.node ?? "unknown";

/** Like `createKoffiSession`, with the same errors. */
export async function createBindingSession(model: Uint8Array, options: SessionOptions): Promise<OrtSession> {
  try {
    const session = await InferenceSession.create(model, {
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: options.optimization,
      enableMemPattern: options.memoryPattern,
      enableCpuMemArena: options.arena,
      logSeverityLevel: 4,
      extra: textSettings(options),
    });
    return new BindingSession(session);
  } catch (cause) {
    throw asOrtError("engine/model-rejected", cause, "Check the graph that was written.");
  }
}

class BindingSession implements OrtSession {
  readonly kind = "binding";
  readonly version: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #signature: Signature;
  #session: InferenceSession | undefined;
  #running = 0;
  #released = false;

  constructor(session: InferenceSession) {
    this.#session = session;
    this.#signature = { inputs: session.inputMetadata.map(portOf), outputs: session.outputMetadata.map(portOf) };
    this.version = bindingVersion;
    this.inputs = session.inputNames;
    this.outputs = session.outputNames;
  }

  async run(inputs: ReadonlyMap<string, OrtArray>, outputs: ReadonlyMap<string, OrtArray>): Promise<void> {
    const session = this.#session;
    if (this.#released || session === undefined) throw releasedError();
    const feeds = matchFeeds(this.#signature, inputs, outputs);
    const [given, wanted] = this.#tensors(feeds);
    this.#running++;
    try {
      await session.run(given, wanted);
    } catch (cause) {
      throw asOrtError("engine/run-failed", cause, "Check shapes and memory.");
    } finally {
      this.#running--;
      if (this.#released) this.#free();
    }
  }

  release(): void {
    this.#released = true;
    this.#free();
  }

  #free(): void {
    if (this.#running > 0) return;
    // Nothing waits for the release, and nothing is lost if it fails.
    this.#session?.release().catch(() => undefined);
    this.#session = undefined;
  }

  #tensors({ inputs, outputPorts, outputs }: Feeds): [Record<string, Tensor>, Record<string, Tensor>] {
    return [
      Object.fromEntries(this.inputs.map((name, i) => [name, tensorOf(inputs[i])])),
      Object.fromEntries(outputPorts.map((port, i) => [this.outputs[port], tensorOf(outputs[i])])),
    ];
  }
}

const tensors = new WeakMap<HostArray, Tensor>();

function tensorOf(array: OrtArray | undefined): Tensor {
  if (array === undefined) throw new Error("internal: fewer arrays than ports");
  if ("value" in array) throw new Error("internal: the binding reaches no tensors of a GPU");
  const tensor = tensors.get(array) ?? createTensor(array);
  tensors.set(array, tensor);
  return tensor;
}

function createTensor(array: HostArray): Tensor {
  switch (array.dtype) {
    case "float32":
      return new Tensor("float32", array.data, array.shape);
    case "int32":
      return new Tensor("int32", array.data, array.shape);
    case "uint8":
      return new Tensor("uint8", array.data, array.shape);
  }
}

function portOf(value: InferenceSession.ValueMetadata): Port {
  if (!value.isTensor) return port(value.name, "not a tensor", []);
  const shape = value.shape.map((dimension) => (typeof dimension === "number" ? dimension : -1));
  return port(value.name, value.type, shape);
}

function asOrtError(code: "engine/model-rejected" | "engine/run-failed", cause: unknown, remedy: string): OrtError {
  if (cause instanceof OrtError) return cause;
  return new OrtError(code, cause instanceof Error ? cause.message : String(cause), { remedy, cause });
}
