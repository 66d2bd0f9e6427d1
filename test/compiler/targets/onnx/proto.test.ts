// The encoding of ONNX models: round trips, and known bytes.
import { describe, expect, it } from "vitest";
import { decodeModel, encodeModel, type OnnxModel } from "../../../../compiler/targets/onnx/proto.js";

const model: OnnxModel = {
  opsets: [
    { domain: "", version: 20 },
    { domain: "com.microsoft", version: 1 },
  ],
  graph: {
    name: "everything",
    nodes: [
      {
        op: "FusedMatMul",
        domain: "com.microsoft",
        name: "first",
        inputs: ["x", ""],
        outputs: ["y"],
        attributes: {
          transA: 1,
          axis: -1,
          perm: [1, 0, -2],
          none: [],
          alpha: { float: 0.5 },
          scales: { floats: [0.25, -2] },
          mode: "größer",
          value: { tensor: { dtype: "int64", shape: [2], data: BigInt64Array.of(-1n, 7n) } },
        },
      },
      { op: "Add", inputs: ["y", "w"], outputs: ["z"] },
    ],
    inputs: [{ name: "x", dtype: "float32", shape: [2, 0, 30522] }],
    outputs: [
      { name: "z", dtype: "int32", shape: [] },
      { name: "flag", dtype: "bool", shape: [1] },
    ],
    initializers: [
      { name: "w", dtype: "float32", shape: [3], data: Float32Array.of(1.5, -0, Number.POSITIVE_INFINITY) },
      { name: "i", dtype: "int32", shape: [], data: Int32Array.of(-5) },
      { name: "l", dtype: "int64", shape: [0], data: new BigInt64Array(0) },
      { name: "b", dtype: "bool", shape: [2], data: Uint8Array.of(1, 0) },
    ],
  },
};

describe("ONNX models", () => {
  it("are read back as written", () => {
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it("have the field numbers of onnx.proto", () => {
    const graph = { name: "g", nodes: [], inputs: [], outputs: [], initializers: [] };
    const bytes = encodeModel({ opsets: [{ domain: "", version: 20 }], graph });
    // ir_version (1) = 10, producer_name (2) = "vlmo", graph (7) { name (2) = "g" }, opset_import (8) { version (2) }
    const head = [0x08, 10, 0x12, 4, ...Buffer.from("vlmo"), 0x3a, 3, 0x12, 1, ...Buffer.from("g")];
    expect([...bytes]).toEqual([...head, 0x42, 2, 0x10, 20]);
  });

  it("accept initializers that are views into a larger buffer", () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const graph = { ...model.graph, initializers: [{ name: "v", dtype: "float32", shape: [2], data } as const] };
    const [read] = decodeModel(encodeModel({ ...model, graph })).graph.initializers;
    expect(read?.data).toEqual(Float32Array.of(1, 2));
  });

  it("refuse a fraction as an integer attribute", () => {
    const nodes = [{ op: "Gelu", inputs: ["x"], outputs: ["y"], attributes: { alpha: 0.5 } }];
    const attempt = () => encodeModel({ ...model, graph: { ...model.graph, nodes } });
    expect(attempt).toThrow("internal: attribute alpha = 0.5 is no integer");
  });
});
