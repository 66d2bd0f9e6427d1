// The declared inputs and outputs of a model, and whether given arrays fit them. Native code trusts the sizes of arrays, so
// every array is checked.
import { sizeOf, typeText, type Dtype, type HostDtype, type Shape } from "../../../compiler/index.js";
import { arrays } from "../../tensor.js";
import { OrtError } from "./error.js";
import type { OrtArray } from "./ort-session.js";

/** One declared input or output. A dimension of -1 is known only when the model runs. */
export interface Port {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** The inputs and outputs of a model. */
export interface Signature {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** The arrays of one run, in the order of the signature. Outputs that were not requested are absent. */
export interface Feeds {
  readonly inputs: readonly OrtArray[];
  readonly outputPorts: readonly number[];
  readonly outputs: readonly OrtArray[];
}

/** A port from ONNX Runtime's description. Throws OrtError `engine/model-rejected` for an unsupported type. */
export function port(name: string, elementType: number | string, shape: Shape): Port {
  const dtype = elementTypes.get(elementType);
  if (dtype === undefined) {
    throw new OrtError("engine/model-rejected", `\`${name}\` is not float32, int32 or uint8`, {
      remedy: "Cast it inside the graph: inputs and outputs are float32, int32 or uint8 tensors.",
    });
  }
  return { name, dtype, shape };
}

const elementTypes: ReadonlyMap<number | string, HostDtype> = new Map<number | string, HostDtype>([
  [1, "float32"],
  [2, "uint8"],
  [6, "int32"],
  ["float32", "float32"],
  ["int32", "int32"],
  ["uint8", "uint8"],
]);

/** Arrays in the signature's order. Throws OrtError `engine/wrong-feed` for the first that does not fit. */
export function matchFeeds(
  { inputs, outputs }: Signature,
  given: ReadonlyMap<string, OrtArray>,
  wanted: ReadonlyMap<string, OrtArray>,
): Feeds {
  const feeds = inputs.map((port) => {
    const array = given.get(port.name);
    if (array === undefined) throw wrongFeed(`input \`${port.name}\` (${typeText(port)}) is missing`);
    return fitting("input", port, array);
  });
  if (given.size > inputs.length) throw unknownName("input", given, inputs);
  const outputPorts: number[] = [];
  const results: OrtArray[] = [];
  outputs.forEach((port, i) => {
    const array = wanted.get(port.name);
    if (array === undefined) return;
    outputPorts.push(i);
    results.push(fitting("output", port, array));
  });
  if (wanted.size > results.length) throw unknownName("output", wanted, outputs);
  return { inputs: feeds, outputPorts, outputs: results };
}

function fitting(role: string, port: Port, array: OrtArray): OrtArray {
  if (array.dtype !== port.dtype || !fits(port.shape, array.shape)) {
    throw wrongFeed(`${role} \`${port.name}\` is ${typeText(port)}, but got ${typeText(array)}`);
  }
  if ("value" in array) return array;
  const holds = array.data instanceof arrays[array.dtype];
  // A transferred array has length 0: its pointer would be dangling in native code.
  if (!holds || array.data.length !== sizeOf(array.shape)) {
    const held = `${array.data.constructor.name} of ${array.data.length}`;
    throw wrongFeed(`${role} \`${port.name}\` is ${typeText(array)}, but its data is a ${held}`);
  }
  return array;
}

function fits(declared: Shape, actual: Shape): boolean {
  return declared.length === actual.length && declared.every((d, i) => d === -1 || d === actual[i]);
}

function unknownName(role: string, given: ReadonlyMap<string, OrtArray>, ports: readonly Port[]): OrtError {
  const known = new Set(ports.map((port) => port.name));
  const stranger = [...given.keys()].find((name) => !known.has(name)) ?? "";
  return wrongFeed(`the model has no ${role} \`${stranger}\`; it has ${[...known].slice(0, 8).join(", ")}`);
}

function wrongFeed(message: string): OrtError {
  return new OrtError("engine/wrong-feed", message, {
    remedy: "Pass every declared input, and arrays of the declared types and shapes.",
  });
}
