// The ONNX nodes chosen for operations. The conformance tests check the values.
import { describe, expect, it } from "vitest";
import {
  createGraph,
  gradientsOf,
  input,
  lower,
  overwrites,
  targets,
  writeOnnx,
  type OnnxModel,
  type ProviderName,
  type Shape,
  type Value,
} from "../../../../compiler/index.js";
import { adamw } from "../../../../compiler/ops/optimizer.js";
import { crossEntropy, layerNorm, linear, softmax } from "../../../../compiler/ops/composite.js";
import { add, greater, mul, scale, select, sub } from "../../../../compiler/ops/elementwise.js";
import { gather } from "../../../../compiler/ops/indexing.js";
import { matmul } from "../../../../compiler/ops/linear.js";
import { fill, reshape, slice, stopGradient, sum, total, transpose } from "../../../../compiler/ops/structure.js";

type Holes = Readonly<Record<string, Value>>;

/** The model of the graph that `build` makes of float32 inputs (int32 if the name starts with `ids`). */
function write(
  shapes: Readonly<Record<string, Shape>>,
  build: (holes: Holes) => Record<string, Value>,
  provider: ProviderName = "cpu",
): OnnxModel {
  const holes = Object.entries(shapes).map(([name, shape]) =>
    input(name, "batch", { dtype: name.startsWith("ids") ? "int32" : "float32", shape }),
  );
  const values = Object.fromEntries(holes.map((hole) => [hole.name, hole.value]));
  const graph = createGraph("test", holes, new Map(Object.entries(build(values))));
  return writeOnnx(lower(graph, targets.onnx), provider);
}

function ops({ graph }: OnnxModel): string[] {
  return graph.nodes.map(({ op }) => op);
}

function hole(holes: Holes, name: string): Value {
  const value = holes[name];
  if (value === undefined) throw new Error(`no hole ${name}`);
  return value;
}

const rows = [
  {
    title: "a sum over leading axes is a matmul with ones",
    shapes: { x: [4, 5, 32] },
    build: ({ x }: Holes) => sum(x as Value, [0, 1]),
    nodes: ["Reshape", "MatMul"],
  },
  {
    title: "any other sum is a ReduceSum",
    shapes: { x: [4, 5, 32] },
    build: ({ x }: Holes) => sum(x as Value, [2]),
    nodes: ["ReduceSum"],
  },
  {
    title: "a transposed operand is a flag of the matmul",
    shapes: { a: [3, 4], b: [5, 4] },
    build: ({ a, b }: Holes) => matmul(a as Value, transpose(b as Value, [1, 0])),
    nodes: ["FusedMatMul"],
  },
  {
    title: "two transposes cancel",
    shapes: { a: [3, 4], b: [4, 5] },
    build: ({ a, b }: Holes) => matmul(transpose(a as Value, [1, 0]), b as Value, { transA: true }),
    nodes: ["MatMul"],
  },
  {
    title: "a linear layer over tokens is a matmul and a bias, which ONNX Runtime must not turn into a Gemm",
    shapes: { x: [2, 3, 4], w: [5, 4], b: [5] },
    build: ({ x, w, b }: Holes) => linear(x as Value, w as Value, b as Value),
    nodes: ["FusedMatMul", "Add"],
  },
  {
    title: "slices that cover a tensor are one Split",
    shapes: { x: [2, 6] },
    build: ({ x }: Holes) => [4, 2, 0].map((start) => slice(x as Value, 1, start, start + 2)).reduce(add),
    nodes: ["Split", "Add", "Add"],
  },
  {
    title: "columns of a projection are separate projections, if nothing reads the whole",
    shapes: { x: [3, 6], w: [4, 6], b: [4] },
    build: ({ x, w, b }: Holes) => {
      const all = linear(x as Value, w as Value, b as Value);
      return add(slice(all, 1, 0, 2), slice(all, 1, 2, 4));
    },
    nodes: ["Split", "Split", "FusedMatMul", "Add", "FusedMatMul", "Add", "Add"],
  },
  {
    title: "slices that leave a gap stay slices",
    shapes: { x: [2, 6] },
    build: ({ x }: Holes) => add(slice(x as Value, 1, 0, 2), slice(x as Value, 1, 4, 6)),
    nodes: ["Slice", "Slice", "Add"],
  },
  {
    title: "filled and broadcast operands are passed without being expanded",
    shapes: { x: [2, 6] },
    build: ({ x }: Holes) => mul(sub(x as Value, fill(1, [2, 6])), stopGradient(x as Value)),
    nodes: ["Sub", "Mul"],
  },
  {
    title: "a Where reads the comparison directly",
    shapes: { x: [2, 6] },
    build: ({ x }: Holes) => select(greater(x as Value, fill(0)), x as Value, fill(0, [2, 6])),
    nodes: ["Greater", "Where"],
  },
  {
    title: "views of views merge into one",
    shapes: { x: [2, 6] },
    build: ({ x }: Holes) => reshape(reshape(reshape(x as Value, [12]), [3, 4]), [4, 3]),
    nodes: ["Reshape"],
  },
  {
    title: "unused statistics of a norm are not computed",
    shapes: { x: [2, 6], weight: [6], bias: [6] },
    build: (holes: Holes) =>
      layerNorm(hole(holes, "x"), { weight: hole(holes, "weight"), bias: hole(holes, "bias") }, 1e-6),
    nodes: ["LayerNormalization"],
  },
] as const;

describe("the onnx target", () => {
  it.each(rows)("$title", ({ shapes, build, nodes }) => {
    expect(ops(write(shapes, (holes) => ({ y: build(holes) })))).toEqual(nodes);
  });

  it("computes one softmax for a loss and its gradient", () => {
    const model = write({ z: [4, 9], ids: [4] }, ({ z, ids }) => {
      const loss = total(crossEntropy(z as Value, ids as Value));
      return { loss, dz: gradientsOf(loss, [z as Value]).get(z as Value) as Value };
    });
    expect(ops(model).filter((op) => op === "Softmax")).toHaveLength(1);
  });

  it("scatters a table's rows into its dense gradient, one after another", () => {
    const model = write({ table: [9, 4], x: [3, 4], ids: [3] }, (holes) => {
      const table = hole(holes, "table");
      const states = add(hole(holes, "x"), gather(table, hole(holes, "ids")));
      const loss = total(softmax(matmul(states, table, { transB: true })));
      return { d: gradientsOf(loss, [table]).get(table) as Value };
    });
    expect(ops(model)).toContain("ScatterElements");
    expect(ops(model)).not.toContain("ScatterND");
    expect(ops(model)).not.toContain("ConstantOfShape");
  });

  it("computes the statistics of a norm if its gradient reads them", () => {
    const model = write({ x: [2, 6], weight: [6], bias: [6] }, (holes) => {
      const x = hole(holes, "x");
      const y = layerNorm(x, { weight: hole(holes, "weight"), bias: hole(holes, "bias") }, 1e-6);
      return { d: gradientsOf(total(mul(y, y)), [x]).get(x) as Value };
    });
    const norm = model.graph.nodes.find(({ op }) => op === "LayerNormalization");
    expect(norm?.outputs).toHaveLength(3);
  });

  it("copies a value with two output names, and an input that is an output", () => {
    const model = write({ x: [2] }, ({ x }) => {
      const y = scale(x as Value, 2);
      return { y, again: y, x: x as Value };
    });
    expect(ops(model)).toEqual(["Mul", "Identity", "Identity"]);
    expect(model.graph.outputs.map(({ name }) => name)).toEqual(["out:y", "out:again", "out:x"]);
  });
});

/** Operations that are one kernel on the CPU but not on WebGPU. */
const webgpuRows = [
  {
    title: "a matmul of matrices with a transpose and a factor is a Gemm",
    shapes: { a: [3, 4], b: [5, 4] },
    build: ({ a, b }: Holes) => matmul(a as Value, b as Value, { transB: true, alpha: 0.5 }),
    nodes: ["Gemm"],
  },
  {
    title: "any other is a transpose, a matmul and a factor",
    shapes: { a: [2, 3, 4], b: [2, 5, 4] },
    build: ({ a, b }: Holes) => matmul(a as Value, b as Value, { transB: true, alpha: 0.5 }),
    nodes: ["Transpose", "MatMul", "Mul"],
  },
  {
    title: "equal transposes are merged",
    shapes: { a: [2, 4, 4], b: [2, 4, 4] },
    build: ({ a, b }: Holes) => matmul(matmul(a as Value, b as Value, { transB: true }), b as Value, { transB: true }),
    nodes: ["Transpose", "MatMul", "MatMul"],
  },
  {
    title: "a linear layer over tokens is a Gemm over rows",
    shapes: { x: [2, 3, 4], w: [5, 4], b: [5] },
    build: ({ x, w, b }: Holes) => linear(x as Value, w as Value, b as Value),
    nodes: ["Reshape", "Gemm", "Reshape"],
  },
  {
    title: "a slice of an integer tensor is an output of a Split",
    shapes: { ids: [6] },
    build: ({ ids }: Holes) => slice(ids as Value, 0, 1, 4),
    nodes: ["Split"],
  },
];

describe("the onnx target for WebGPU", () => {
  it.each(webgpuRows)("$title", ({ shapes, build, nodes }) => {
    expect(ops(write(shapes, (holes) => ({ y: build(holes) }), "webgpu"))).toEqual(nodes);
  });

  it.each([7, 8, 50])("splits a tensor into %d parts within the buffer limit of every adapter", (parts) => {
    const taken = (holes: Holes): Record<string, Value> =>
      Object.fromEntries(
        Array.from({ length: parts }, (_, i) => [`y${i}`, slice(hole(holes, "x"), 0, 2 * i, 2 * i + 2)]),
      );
    const { nodes } = write({ x: [2 * parts] }, taken, "webgpu").graph;
    expect(new Set(nodes.map(({ op }) => op))).toEqual(new Set(["Split"]));
    expect(Math.max(...nodes.map(({ outputs }) => outputs.length))).toBeLessThan(8);
    expect(nodes.flatMap(({ outputs }) => outputs.filter((name) => name.startsWith("out:"))).length).toBe(parts);
  });
});

describe("whether an output may be written in place of an input", () => {
  const moments = write({ p: [4], m: [4], v: [4], x: [4], lr: [], one: [], two: [] }, (holes) => {
    const [p, x] = [hole(holes, "p"), hole(holes, "x")];
    const gradient = gradientsOf(total(mul(mul(p, p), x)), [p]).get(p) as Value;
    const inputs = { parameter: p, gradient, m: hole(holes, "m"), v: hole(holes, "v") };
    const scalars = { lr: hole(holes, "lr"), correction1: hole(holes, "one"), correction2: hole(holes, "two") };
    const attributes = { beta1: 0.9, beta2: 0.98, eps: 1e-6, weightDecay: 0.01, factor: 1, variant: "torch" } as const;
    const next = adamw({ ...inputs, ...scalars }, attributes);
    return { m: next.m, v: next.v, p: next.parameter, last: mul(p, fill(3)), view: reshape(x, [2, 2]) };
  });
  const step = write({ w: [4, 4], g: [4, 4] }, ({ w, g }) => ({
    scaled: scale(add(w as Value, g as Value), 2),
    product: add(matmul(w as Value, g as Value), g as Value),
    flipped: add(transpose(w as Value, [1, 0]), g as Value),
  }));
  it.each([
    { title: "a moment: all of its readers lead to the output", model: moments, pair: ["out:m", "in:m"], safe: true },
    { title: "the other moment", model: moments, pair: ["out:v", "in:v"], safe: true },
    { title: "a parameter with other readers", model: moments, pair: ["out:p", "in:p"], safe: false },
    { title: "an input that is read through a view", model: moments, pair: ["out:m", "in:x"], safe: false },
    { title: "an operand of a matmul", model: step, pair: ["out:product", "in:w"], safe: false },
    { title: "an input that is also read in another order", model: step, pair: ["out:scaled", "in:w"], safe: false },
  ] as const)("$title: $safe", ({ model, pair: [output, from], safe }) => {
    expect(overwrites(model.graph)(output, from)).toBe(safe);
  });
});
