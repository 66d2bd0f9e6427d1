// Models with a dynamic batch size: sizes that depend on it, and programs that cannot have one.
import { expect, it } from "vitest";
import {
  createGraph,
  freeBatch,
  input,
  lower,
  targets,
  writeOnnx,
  type OnnxModel,
  type Value,
} from "../../../../compiler/index.js";
import { scale } from "../../../../compiler/ops/elementwise.js";
import { matmul } from "../../../../compiler/ops/linear.js";
import { broadcastTo, concat, fill, reshape, slice } from "../../../../compiler/ops/structure.js";

/** The model of x [B, 4, 6], given the program for three batch sizes. */
function freed(build: (x: Value, batch: number) => Value): OnnxModel | null {
  const models = [5, 7, 11].map((batch) => {
    const x = input("x", "batch", { dtype: "float32", shape: [batch, 4, 6] });
    const graph = createGraph("test", [x], new Map([["y", build(x.value, batch)]]));
    return { batch, model: writeOnnx(lower(graph, targets.onnx), "any") };
  });
  return freeBatch(models);
}

function constants(model: OnnxModel | null): string[] {
  return model?.graph.initializers.map(({ data }) => `[${[...data].join(", ")}]`) ?? [];
}

it("names the batch in inputs and outputs", () => {
  const model = freed((x) => scale(x, 2));
  expect(model?.graph.inputs).toEqual([{ name: "in:x", dtype: "float32", shape: ["batch", 4, 6] }]);
  expect(model?.graph.outputs).toEqual([{ name: "out:y", dtype: "float32", shape: ["batch", 4, 6] }]);
});

it("gives the dynamic size of a Reshape as -1", () => {
  const model = freed((x, batch) => scale(reshape(x, [batch, 24]), 2));
  expect(model?.graph.nodes.map(({ op }) => op)).toEqual(["Reshape", "Mul"]);
  expect(constants(model)).toContain("[-1, 24]");
});

it("computes other sizes from the input's shape", () => {
  const row = (batch: number): Value => broadcastTo(fill(3, [1, 1, 6]), [batch, 1, 6]);
  const model = freed((x, batch) => concat([row(batch), x], 1));
  expect(model?.graph.nodes.map(({ op }) => op)).toEqual(["Shape", "Mul", "Add", "ConstantOfShape", "Concat"]);
  expect(constants(model)).toEqual(["[1, 0, 0]", "[0, 1, 6]"]);
});

it.each([
  { title: "a constant that depends on the batch size", build: (x: Value, batch: number) => scale(x, 1 / batch) },
  {
    title: "a size quadratic in the batch size",
    build: (x: Value, batch: number) => {
      const products = matmul(reshape(x, [batch, 24]), reshape(x, [batch, 24]), { transB: true });
      return slice(reshape(products, [batch ** 2]), 0, 0, batch);
    },
  },
  {
    title: "different operations for one of the sizes",
    build: (x: Value, batch: number) => (batch === 7 ? scale(scale(x, 2), 3) : scale(x, 6)),
  },
  { title: "an output without the batch size", build: (x: Value, batch: number) => reshape(x, [2 * batch, 12]) },
])("gives no model for $title", ({ build }) => {
  expect(freed(build)).toBeNull();
});
