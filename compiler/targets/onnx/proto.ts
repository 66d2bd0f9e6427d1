// ONNX models as plain values, and their protobuf encoding. Messages and field numbers are those of the public
// onnx.proto, limited to what this compiler writes. Knows nothing of our graph or of any runtime.
import protobuf from "protobufjs/light.js";

/** Element types in our models; IR values are float32, int32 or uint8, the others are internal to ONNX. */
export type OnnxDtype = "float32" | "int32" | "uint8" | "int64" | "bool";

/** A constant tensor, row-major. `bool` data is one byte per element. */
export type OnnxTensor = { readonly shape: readonly number[] } & (
  | { readonly dtype: "float32"; readonly data: Float32Array }
  | { readonly dtype: "int32"; readonly data: Int32Array }
  | { readonly dtype: "int64"; readonly data: BigInt64Array }
  | { readonly dtype: "bool"; readonly data: Uint8Array }
);

/**
 * A number is an integer attribute and an array of numbers a list of integers; ONNX's float attributes are wrapped,
 * since ONNX distinguishes the two types.
 */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: OnnxTensor };

/** An operator of a model. */
export interface OnnxNode {
  readonly op: string;
  /** Operator set that `op` belongs to; the standard one if absent. */
  readonly domain?: string;
  readonly name?: string;
  /** `""` leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** A size, or the name of a free dimension. */
export type OnnxDimension = number | string;

/** A graph input or output. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly shape: readonly OnnxDimension[];
}

/** A constant of a model, by name; `external`: its bytes are in a file beside the model's, from `offset` on. */
export type OnnxInitializer = OnnxTensor & {
  readonly name: string;
  readonly external?: { readonly file: string; readonly offset: number };
};

/** The computation of a model, by names of values. */
export interface OnnxGraph {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
}

/** The input of `encodeModel`. */
export interface OnnxModel {
  /** Operator sets in use; domain `""` is the standard one. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: OnnxGraph;
}

const irVersion = 10;

/** TensorProto.DataType. */
const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const satisfies Record<OnnxDtype, number>;
/** TensorProto.DataLocation. */
const EXTERNAL = 1;
/** AttributeProto.AttributeType. */
const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

function field(type: string, id: number) {
  return { type, id };
}

function repeated(type: string, id: number) {
  return { rule: "repeated", type, id };
}

const messages = {
  Model: {
    fields: {
      irVersion: field("int64", 1),
      producerName: field("string", 2),
      graph: field("Graph", 7),
      opsets: repeated("OperatorSet", 8),
    },
  },
  OperatorSet: { fields: { domain: field("string", 1), version: field("int64", 2) } },
  Graph: {
    fields: {
      nodes: repeated("Node", 1),
      name: field("string", 2),
      initializers: repeated("Tensor", 5),
      inputs: repeated("ValueInfo", 11),
      outputs: repeated("ValueInfo", 12),
    },
  },
  Node: {
    fields: {
      inputs: repeated("string", 1),
      outputs: repeated("string", 2),
      name: field("string", 3),
      op: field("string", 4),
      attributes: repeated("Attribute", 5),
      domain: field("string", 7),
    },
  },
  Attribute: {
    fields: {
      name: field("string", 1),
      float: field("float", 2),
      int: field("int64", 3),
      string: field("bytes", 4),
      tensor: field("Tensor", 5),
      floats: repeated("float", 7),
      ints: repeated("int64", 8),
      type: field("int32", 20),
    },
  },
  Tensor: {
    fields: {
      shape: repeated("int64", 1),
      elementType: field("int32", 2),
      name: field("string", 8),
      rawData: field("bytes", 9),
      externalData: repeated("StringStringEntry", 13),
      dataLocation: field("int32", 14),
    },
  },
  StringStringEntry: { fields: { key: field("string", 1), value: field("string", 2) } },
  ValueInfo: { fields: { name: field("string", 1), type: field("Type", 2) } },
  Type: { fields: { tensor: field("TensorType", 1) } },
  TensorType: { fields: { elementType: field("int32", 1), shape: field("Shape", 2) } },
  Shape: { fields: { dimensions: repeated("Dimension", 1) } },
  Dimension: { fields: { value: field("int64", 1), parameter: field("string", 2) } },
};

const root = protobuf.Root.fromJSON({ nested: messages });
const modelType = root.lookupType("Model");

/** The bytes of an `.onnx` file. */
export function encodeModel({ opsets, graph }: OnnxModel): Uint8Array {
  const { name, inputs, outputs } = graph;
  return modelType
    .encode({
      irVersion,
      producerName: "vlmo",
      opsets,
      graph: {
        name,
        nodes: graph.nodes.map(nodeMessage),
        inputs: inputs.map(valueMessage),
        outputs: outputs.map(valueMessage),
        initializers: graph.initializers.map(initializerMessage),
      },
    })
    .finish();
}

function initializerMessage({ name, external, ...tensor }: OnnxInitializer) {
  const { rawData, ...message } = tensorMessage(tensor);
  if (external === undefined) return { name, ...message, rawData };
  const { file, offset } = external;
  const place = { location: file, offset: String(offset), length: String(rawData.length) };
  const externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
  return { name, ...message, externalData, dataLocation: EXTERNAL };
}

function nodeMessage({ attributes = {}, ...node }: OnnxNode) {
  return { ...node, attributes: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)) };
}

function attributeMessage(name: string, value: OnnxAttribute) {
  if (typeof value === "number") {
    if (!Number.isInteger(value)) throw new Error(`internal: attribute ${name} = ${value} is no integer`);
    return { name, type: attributeTypes.int, int: value };
  }
  if (typeof value === "string") return { name, type: attributeTypes.string, string: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: attributeTypes.float, float: value.float };
  if ("floats" in value) return { name, type: attributeTypes.floats, floats: value.floats };
  if ("tensor" in value) return { name, type: attributeTypes.tensor, tensor: tensorMessage(value.tensor) };
  return { name, type: attributeTypes.ints, ints: value };
}

function tensorMessage({ dtype, shape, data }: OnnxTensor) {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { shape, elementType: elementTypes[dtype], rawData };
}

function valueMessage({ name, dtype, shape }: OnnxValue) {
  const dimensions = shape.map((size) => (typeof size === "string" ? { parameter: size } : { value: size }));
  return { name, type: { tensor: { elementType: elementTypes[dtype], shape: { dimensions } } } };
}

/** Decodes the output of `encodeModel`, for tests and tools. Throws on anything outside the subset above. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const message = modelType.decode(bytes);
  // Unchecked cast at the boundary to protobufjs: toObject returns the fields named in `messages`.
  const { graph, opsets } = modelType.toObject(message, {
    longs: Number,
    defaults: true,
    arrays: true,
  }) as DecodedModel;
  return {
    opsets,
    graph: {
      name: graph.name,
      nodes: graph.nodes.map(decodeNode),
      inputs: graph.inputs.map(decodeValue),
      outputs: graph.outputs.map(decodeValue),
      initializers: graph.initializers.map((tensor) => ({ name: tensor.name, ...decodeTensor(tensor) })),
    },
  };
}

interface DecodedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elementType: number;
  readonly rawData: Uint8Array;
}

interface DecodedAttribute {
  readonly name: string;
  readonly type: number;
  readonly float: number;
  readonly int: number;
  readonly string: Uint8Array;
  readonly tensor: DecodedTensor;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
}

interface DecodedNode {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly DecodedAttribute[];
}

interface DecodedValue {
  readonly name: string;
  readonly type: {
    readonly tensor: {
      readonly elementType: number;
      readonly shape: { readonly dimensions: readonly { readonly value: number; readonly parameter: string }[] };
    };
  };
}

interface DecodedModel {
  readonly opsets: OnnxModel["opsets"];
  readonly graph: {
    readonly name: string;
    readonly nodes: readonly DecodedNode[];
    readonly inputs: readonly DecodedValue[];
    readonly outputs: readonly DecodedValue[];
    readonly initializers: readonly DecodedTensor[];
  };
}

function decodeNode({ op, domain, name, inputs, outputs, attributes }: DecodedNode): OnnxNode {
  return {
    op,
    ...(domain === "" ? {} : { domain }),
    ...(name === "" ? {} : { name }),
    inputs,
    outputs,
    ...(attributes.length === 0
      ? {}
      : {
          attributes: Object.fromEntries(attributes.map((attribute) => [attribute.name, decodeAttribute(attribute)])),
        }),
  };
}

function decodeAttribute(attribute: DecodedAttribute): OnnxAttribute {
  switch (attribute.type) {
    case attributeTypes.int:
      return attribute.int;
    case attributeTypes.ints:
      return attribute.ints;
    case attributeTypes.string:
      return new TextDecoder().decode(attribute.string);
    case attributeTypes.float:
      return { float: attribute.float };
    case attributeTypes.floats:
      return { floats: attribute.floats };
    case attributeTypes.tensor:
      return { tensor: decodeTensor(attribute.tensor) };
    default:
      throw new Error(`internal: attribute ${attribute.name} has unknown type ${attribute.type}`);
  }
}

function decodeValue({ name, type }: DecodedValue): OnnxValue {
  const { elementType, shape } = type.tensor;
  const sizes = shape.dimensions.map(({ value, parameter }) => (parameter === "" ? value : parameter));
  return { name, dtype: dtypeOf(elementType), shape: sizes };
}

function decodeTensor({ shape, elementType, rawData }: DecodedTensor): OnnxTensor {
  // Copied, because a typed array of wider elements must start at a multiple of their size.
  const { buffer } = Uint8Array.from(rawData);
  const dtype = dtypeOf(elementType);
  switch (dtype) {
    case "float32":
      return { shape, dtype, data: new Float32Array(buffer) };
    case "int32":
      return { shape, dtype, data: new Int32Array(buffer) };
    case "int64":
      return { shape, dtype, data: new BigInt64Array(buffer) };
    case "bool":
      return { shape, dtype, data: new Uint8Array(buffer) };
    case "uint8":
      throw new Error("internal: a constant of uint8");
  }
}

function dtypeOf(elementType: number): OnnxDtype {
  const found = dtypes.find((dtype) => elementTypes[dtype] === elementType);
  if (found === undefined) throw new Error(`internal: element type ${elementType} is outside the subset`);
  return found;
}

const dtypes = ["float32", "int32", "uint8", "int64", "bool"] as const satisfies readonly OnnxDtype[];
