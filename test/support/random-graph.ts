// Small random graphs of smooth operations, by seed. Values stay in a range where float32 is accurate.
import { createGraph, input, type Graph, type Input, type Shape, type Value } from "../../compiler/index.js";
import { conv2d } from "../../compiler/ops/convolution.js";
import { gelu, layerNorm, linear, softmax } from "../../compiler/ops/composite.js";
import { add, erf, exp, mul, neg, scale, sigmoid, sub, tanh } from "../../compiler/ops/elementwise.js";
import { gather } from "../../compiler/ops/indexing.js";
import { matmul } from "../../compiler/ops/linear.js";
import { broadcastTo, concat, constant, pad, reshape, slice, sum, transpose } from "../../compiler/ops/structure.js";
import type { Tensor } from "../../runtime/tensor.js";
import { drawFrom, type Draw } from "./draw.js";

export interface RandomGraph {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The same computation reduced to a smooth scalar, to differentiate. */
  readonly loss: Value;
  readonly inputs: readonly Input[];
}

/** A graph over a few inputs with `steps` random operations; its output `y` is the last, `loss` a weighted sum. */
export function randomGraph(seed: number, steps = 12): RandomGraph {
  const draw = drawFrom("random graph", seed);
  const { random } = draw;
  const inputs: Input[] = [];
  const tensors = new Map<string, Tensor>();
  const hole = (tensor: Tensor): Value => {
    const entry = input(`x${inputs.length}`, "batch", { dtype: tensor.dtype, shape: tensor.shape });
    inputs.push(entry);
    tensors.set(entry.name, tensor);
    return entry.value;
  };
  const size = (): number => 1 + random.integer(4);
  const pool = [hole(draw.floats([size(), size()])), hole(draw.floats([size(), size(), size()]))];
  for (let i = 0; i < steps; i++) pool.push(grown(random.pick(pool.slice(-4)), draw, hole));
  const y = pool[pool.length - 1] ?? random.pick(pool);
  const loss = sum(
    mul(y, hole(draw.floats(y.type.shape))),
    y.type.shape.map((_, i) => i),
  );
  const graph = createGraph(`random ${seed}`, inputs, new Map(Object.entries({ y, loss })));
  return { graph, tensors, loss, inputs };
}

type Hole = (tensor: Tensor) => Value;

/** A random operation on `x`. Every branch keeps values within a few units. */
function grown(x: Value, draw: Draw, hole: Hole): Value {
  const { shape } = x.type;
  const width = shape[shape.length - 1] ?? 1;
  const { random } = draw;
  const axis = random.integer(Math.max(1, shape.length));
  const branches: (() => Value)[] = [
    () => tanh(x),
    () => sigmoid(x),
    () => erf(x),
    () => exp(scale(tanh(x), 0.5)),
    () => gelu(x),
    () => neg(x),
    () => add(x, hole(draw.floats(tail(shape, draw)))),
    () => sub(hole(draw.floats(tail(shape, draw))), tanh(x)),
    () => mul(tanh(x), hole(draw.floats(tail(shape, draw)))),
    () => mul(x, constant([1], Float32Array.of(0.75))),
  ];
  if (shape.length > 0) branches.push(...shaped(x, { axis, width }, draw, hole));
  return random.pick(branches)();
}

function shaped(x: Value, { axis, width }: { axis: number; width: number }, draw: Draw, hole: Hole): (() => Value)[] {
  const { shape } = x.type;
  const { random } = draw;
  const length = shape[axis] ?? 1;
  const branches: (() => Value)[] = [
    () => softmax(x),
    () => transpose(x, random.shuffle(shape.map((_, i) => i))),
    () => reshape(x, [shape.reduce((a, b) => a * b, 1)]),
    () => pad(x, axis, random.integer(2), 1),
    () => slice(x, axis, random.integer(length), length),
    () => concat([x, tanh(x)], axis),
    () => scale(sum(x, [axis], random.chance(0.5)), 1 / length),
    () => gather(x, hole(draw.ids([1 + random.integer(3)], shape[0] ?? 1))),
    () => broadcastTo(x, [2, ...shape]),
  ];
  if (shape.length > 1) {
    branches.push(
      () => tanh(matmul(x, hole(draw.floats([3, width])), { transB: true, alpha: 0.5 })),
      () => tanh(linear(x, hole(draw.floats([2, width])), hole(draw.floats([2])))),
      // A large ε: a row of equal numbers has zero variance.
      () => layerNorm(x, { weight: hole(draw.floats([width])), bias: hole(draw.floats([width])) }, 0.1),
    );
  }
  if (shape.length > 2) {
    // The leading axes are a batch of one-channel images.
    const [height, wide] = [shape.at(-2) ?? 1, width];
    const images = reshape(x, [shape.slice(0, -2).reduce((a, b) => a * b, 1), 1, height, wide]);
    const affine = { weight: hole(draw.floats([2, 1, 2, 3])), bias: hole(draw.floats([2])) };
    branches.push(() => tanh(conv2d(images, affine, { stride: 1 + random.integer(2), padding: 1 })));
  }
  return branches.filter(() => shape.reduce((a, b) => a * b, 1) < 200);
}

/** A shape that broadcasts to `shape`. */
function tail(shape: Shape, { random }: Draw): Shape {
  return shape.slice(random.integer(shape.length + 1)).map((size) => (random.chance(0.3) ? 1 : size));
}
