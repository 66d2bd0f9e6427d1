// How rules call tfjs: kernels by name, reshapes, and scalars that are uploaded once.
import type { NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../../compiler/index.js";
import type { Backend } from "./backend.js";

/** Runs a kernel. Tensors made inside a rule are freed when it returns, except the result. */
export type RunKernel = (kernel: string, inputs: NamedTensorMap | Tensor[], attributes?: object) => Tensor;

/** What a rule may call. */
export interface Tools {
  readonly run: RunKernel;
  readonly reshape: (x: Tensor, shape: readonly number[]) => Tensor;
  /** A float32 scalar that is kept between runs. */
  readonly scalar: (value: number) => Tensor;
  readonly tensor: (data: Float32Array | Int32Array, shape: Shape) => Tensor;
  /** Whether to transpose a matrix before a product instead of in it: on WebAssembly that takes a twentieth of the time. */
  readonly transposesFirst: boolean;
}

/** `disposeTools` frees the scalars. */
export function createTools({ core, id }: Pick<Backend, "core" | "id">): { tools: Tools; disposeTools: () => void } {
  const scalars = new Map<number, Tensor>();
  const run: RunKernel = (kernel, inputs, attributes = {}) => {
    // Boundary: runKernel takes lists of tensors and attributes of any kind, but is typed with maps of known ones.
    const result = core.engine().runKernel<Tensor | Tensor[]>(kernel, inputs as never, attributes as never);
    if (Array.isArray(result)) throw new Error(`internal: ${kernel} gave several tensors`);
    return result;
  };
  return {
    tools: {
      run,
      reshape: (x, shape) => run("Reshape", { x }, { shape: [...shape] }),
      scalar: (value) => {
        const known = scalars.get(value) ?? core.keep(core.scalar(value));
        scalars.set(value, known);
        return known;
      },
      transposesFirst: id === "wasm",
      tensor: (data, shape) => core.tensor(data.slice(), [...shape], data instanceof Int32Array ? "int32" : "float32"),
    },
    disposeTools: () => {
      scalars.forEach((tensor) => tensor.dispose());
      scalars.clear();
    },
  };
}

/** `x` broadcast to `shape`. */
export function stretched({ run, reshape }: Tools, x: Tensor, shape: readonly number[]): Tensor {
  const from = [...shape.map(() => 1).slice(x.rank), ...x.shape];
  if (shape.length === 0) return reshape(x, []);
  return run("Tile", { x: reshape(x, from) }, { reps: shape.map((size, i) => (from[i] === size ? 1 : size)) });
}
