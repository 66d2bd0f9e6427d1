// What the rules call tfjs with: kernels by name, reshapes, and scalars that are uploaded once.
import type { NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../../compiler/index.js";
import type { Backend } from "./backend.js";

/** Runs a kernel. Tensors made inside a rule are freed with it, all but the result. */
export type RunKernel = (kernel: string, inputs: NamedTensorMap | Tensor[], attributes?: object) => Tensor;

/** What a rule may call. */
export interface Tools {
  readonly run: RunKernel;
  readonly reshape: (x: Tensor, shape: readonly number[]) => Tensor;
  /** A float32 scalar that outlives the run. */
  readonly scalar: (value: number) => Tensor;
  readonly tensor: (data: Float32Array | Int32Array, shape: Shape) => Tensor;
  /** Whether a matrix is better transposed before a product than by it: on WebAssembly that takes a twentieth of the time. */
  readonly transposesFirst: boolean;
}

/** `disposeTools` frees the scalars. */
export function createTools({ core, id }: Pick<Backend, "core" | "id">): { tools: Tools; disposeTools: () => void } {
  const scalars = new Map<number, Tensor>();
  const run: RunKernel = (kernel, inputs, attributes = {}) => {
    // Boundary: tfjs takes lists of tensors and attributes of any kind, and types both as maps of what it knows.
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

/** `x` repeated up to `shape`. */
export function stretched({ run, reshape }: Tools, x: Tensor, shape: readonly number[]): Tensor {
  const from = [...shape.map(() => 1).slice(x.rank), ...x.shape];
  if (shape.length === 0) return reshape(x, []);
  return run("Tile", { x: reshape(x, from) }, { reps: shape.map((size, i) => (from[i] === size ? 1 : size)) });
}
