// Every primitive, and the composites that the target keeps whole, as kernels of tfjs. Kernels are named, so that a backend
// that lacks one is found when a graph is loaded instead of in the middle of a run.
import type { Tensor } from "@tensorflow/tfjs-core";
import {
  sizeOf,
  type OpAttributes,
  type CompositeName,
  type PrimitiveName,
  type TensorType,
} from "../../../compiler/index.js";
import { matmul } from "./products.js";
import { stretched, type Tools } from "./tools.js";
import { transposed } from "./transposes.js";

/** How an op with one output is computed: the kernels it needs besides Reshape and Identity, and the calls. */
export interface TfjsRule<A> {
  readonly kernels: readonly string[];
  readonly compute: (
    tools: Tools,
    inputs: readonly Tensor[],
    context: { readonly attributes: A; readonly type: TensorType },
  ) => Tensor;
}

type NoAttributes = TfjsRule<Record<string, never>>;

/** By op; `tsc` reports a missing one. */
export const rules = {
  constant: {
    kernels: ["Fill"],
    compute: ({ run, tensor }, _, { attributes: { data }, type }) =>
      data.length === 1 && type.shape.length > 0
        ? run("Fill", {}, { shape: [...type.shape], value: data[0] ?? 0, dtype: type.dtype })
        : tensor(data, type.shape),
  },
  reshape: { kernels: [], compute: ({ reshape }, [x], { type }) => reshape(need(x), type.shape) },
  transpose: {
    kernels: ["Transpose"],
    compute: (tools, [x], { attributes: { permutation } }) => transposed(tools, need(x), permutation),
  },
  broadcastTo: { kernels: ["Tile"], compute: (tools, [x], { type }) => stretched(tools, need(x), type.shape) },
  sum: {
    kernels: ["Sum"],
    compute: ({ run }, [x], { attributes: { axes, keep } }) =>
      run("Sum", { x: need(x) }, { axis: [...axes], keepDims: keep }),
  },
  concat: {
    kernels: ["Concat"],
    compute: ({ run }, parts, { attributes: { axis } }) => run("Concat", [...parts], { axis }),
  },
  slice: {
    kernels: ["Slice"],
    compute: ({ run }, [x], { attributes: { axis, start }, type }) =>
      run(
        "Slice",
        { x: need(x) },
        { begin: type.shape.map((_, i) => (i === axis ? start : 0)), size: [...type.shape] },
      ),
  },
  pad: {
    kernels: ["PadV2"],
    compute: ({ run }, [x], { attributes: { axis, before, after }, type }) => {
      const paddings = type.shape.map((_, i) => (i === axis ? [before, after] : [0, 0]));
      return run("PadV2", { x: need(x) }, { paddings, constantValue: 0 });
    },
  },
  stopGradient: { kernels: [], compute: ({ run }, [x]) => run("Identity", { x: need(x) }) },
  cast: {
    kernels: ["Cast"],
    compute: ({ run }, [x], { attributes: { dtype } }) => run("Cast", { x: need(x) }, { dtype }),
  },
  neg: unary("Neg"),
  exp: unary("Exp"),
  log: unary("Log"),
  sqrt: unary("Sqrt"),
  tanh: unary("Tanh"),
  erf: unary("Erf"),
  sigmoid: unary("Sigmoid"),
  relu: unary("Relu"),
  abs: unary("Abs"),
  add: binary("Add"),
  sub: binary("Sub"),
  mul: binary("Multiply"),
  div: binary("RealDiv"),
  maximum: binary("Maximum"),
  equal: comparison("Equal"),
  greater: comparison("Greater"),
  select: {
    kernels: ["Select", "Cast"],
    compute: ({ run }, [condition, a, b]) =>
      run("Select", { condition: run("Cast", { x: need(condition) }, { dtype: "bool" }), t: need(a), e: need(b) }),
  },
  matmul: {
    kernels: ["BatchMatMul", "Multiply", "Tile", "Transpose"],
    compute: (tools, [a, b], { attributes, type }) => matmul(tools, [need(a), need(b)], attributes, type.shape),
  },
  max: {
    kernels: ["Max"],
    compute: ({ run }, [x], { attributes: { axis, keep } }) =>
      run("Max", { x: need(x) }, { reductionIndices: [axis], keepDims: keep }),
  },
  argmax: {
    kernels: ["ArgMax"],
    compute: ({ run }, [x], { attributes: { axis } }) => run("ArgMax", { x: need(x) }, { axis }),
  },
  gather: {
    kernels: ["GatherV2"],
    compute: ({ run, reshape }, [table, ids], { type }) => {
      const indices = reshape(need(ids), [sizeOf(need(ids).shape)]);
      return reshape(run("GatherV2", { x: need(table), indices }, { axis: 0, batchDims: 0 }), type.shape);
    },
  },
  // The kernel adds up rows with equal ids.
  scatterAdd: {
    kernels: ["ScatterNd"],
    compute: ({ run, reshape }, [ids, updates], { type }) => {
      const indices = reshape(need(ids), [sizeOf(need(ids).shape), 1]);
      return run("ScatterNd", { indices, updates: need(updates) }, { shape: [...type.shape] });
    },
  },
  softmax: {
    kernels: ["Softmax"],
    compute: ({ run }, [x]) => run("Softmax", { logits: need(x) }, { dim: need(x).rank - 1 }),
  },
  // Channels last on every backend; convolution kernels are [h, w, in, out].
  conv2d: {
    kernels: ["Conv2D", "Transpose", "Add"],
    compute: ({ run }, [x, weight, bias], { attributes: { stride, padding } }) => {
      const image = run("Transpose", { x: need(x) }, { perm: [0, 2, 3, 1] });
      const filter = run("Transpose", { x: need(weight) }, { perm: [2, 3, 1, 0] });
      // A single number for all sides would make tfjs treat every kernel as square.
      const pad = [0, padding, padding, 0].map((each) => [each, each]);
      const attributes = { strides: [stride, stride], pad, dilations: [1, 1], dimRoundingMode: "floor" };
      const convolved = run("Conv2D", { x: image, filter }, { ...attributes, dataFormat: "NHWC" });
      return run("Transpose", { x: run("Add", { a: convolved, b: need(bias) }) }, { perm: [0, 3, 1, 2] });
    },
  },
} satisfies { readonly [Name in PrimitiveName]: TfjsRule<OpAttributes<Name>> } & {
  readonly [Name in CompositeName]?: TfjsRule<OpAttributes<Name>>;
};

function unary(kernel: string): NoAttributes {
  return { kernels: [kernel], compute: ({ run }, [x]) => run(kernel, { x: need(x) }) };
}

function binary(kernel: string): NoAttributes {
  return { kernels: [kernel], compute: ({ run }, [a, b]) => run(kernel, { a: need(a), b: need(b) }) };
}

/** Comparison kernels return booleans; flags of the IR are float32. */
function comparison(kernel: string): NoAttributes {
  return {
    kernels: [kernel, "Cast"],
    compute: ({ run }, [a, b]) => run("Cast", { x: run(kernel, { a: need(a), b: need(b) }) }, { dtype: "float32" }),
  };
}

function need(x: Tensor | undefined): Tensor {
  if (x === undefined) throw new Error("internal: an operation misses an input");
  return x;
}
