// Convolution over images as a matrix product: the pixels under the kernel are gathered into columns (im2col).
import type { Value } from "../ir/graph.js";
import { sameShape, type TensorType } from "../ir/types.js";
import { linear } from "./composite.js";
import { add } from "./elementwise.js";
import { matmul, rows } from "./linear.js";
import { at, composite, one, type Cotangent } from "./op.js";
import { expectFactors, fail } from "./shapes.js";
import { broadcastTo, concat, first, pad, reshape, slice, sum, transpose } from "./structure.js";

/** The same for both axes of the image, as in `torch.nn.functional.conv2d`. */
export type Conv2dAttributes = { stride: number; padding: number };

/**
 * A convolution with stride s is computed as one with stride 1 over tiles of s × s pixels, folded into channels; its
 * kernel covers `blocks` tiles a side.
 */
interface Geometry {
  readonly batch: number;
  readonly channels: number;
  /** Height and width of the input and of the output. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly blocks: readonly [number, number];
  readonly stride: number;
  readonly padding: number;
}

function geometryOf(x: TensorType, weight: TensorType, { stride, padding }: Conv2dAttributes): Geometry {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const kernel = [at(weight.shape, 2), at(weight.shape, 3)] as const;
  const steps = (size: number, side: number): number => Math.floor((size + 2 * padding - side) / stride) + 1;
  return {
    batch,
    channels,
    from: [height, width],
    to: [steps(height, kernel[0]), steps(width, kernel[1])],
    kernel,
    blocks: [Math.ceil(kernel[0] / stride), Math.ceil(kernel[1] / stride)],
    stride,
    padding,
  };
}

/** x [B, C, H, W], weight [O, C, h, w], bias [O] → [B, O, H', W']. */
export const conv2dOp = composite<Conv2dAttributes>({
  name: "conv2d",
  summary: "2-D convolution (cross-correlation, as PyTorch): x [B,C,H,W], weight [O,C,h,w], bias [O].",
  inputs: ["x", "weight", "bias"],
  infer: ([x, weight, bias], attributes) => {
    if (x === undefined || weight === undefined || bias === undefined) fail("conv2d", "wants three inputs");
    expectFactors("conv2d", x, weight, bias);
    const { stride, padding } = attributes;
    if (!Number.isInteger(stride) || stride < 1 || !Number.isInteger(padding) || padding < 0)
      fail("conv2d", `stride ${stride}, padding ${padding}`);
    const fits = x.shape.length === 4 && weight.shape.length === 4 && x.shape[1] === weight.shape[1];
    const shapes = `x [${x.shape.join(",")}], weight [${weight.shape.join(",")}], bias [${bias.shape.join(",")}]`;
    if (!fits || !sameShape(bias.shape, weight.shape.slice(0, 1))) fail("conv2d", shapes);
    const { batch, to } = geometryOf(x, weight, attributes);
    if (to.some((side) => side < 1)) fail("conv2d", `the kernel is larger than the image: ${shapes}`);
    return [{ dtype: x.dtype, shape: [batch, at(weight.shape, 0), ...to] }];
  },
  expand: (inputs, attributes) => {
    const [x, weight, bias] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const geometry = geometryOf(x.type, weight.type, attributes);
    return [channelsFirst(linear(columns(x, geometry), asMatrix(weight, geometry), bias))];
  },
  // With the columns c of x and the weight as a matrix w: dx = col2im(g·w), dw = gᵀ·c, db = Σg.
  gradient: (g, { inputs, attributes, wants }) => {
    const [x, weight] = [at(inputs, 0), at(inputs, 1)];
    const geometry = geometryOf(x.type, weight.type, attributes);
    const c = channelsLast(first(g));
    const dw = (): Value => asKernel(matmul(rows(c), rows(columns(x, geometry)), { transA: true }), geometry);
    const dx: Cotangent = wants(0) ? laidBack(matmul(c, asMatrix(weight, geometry)), geometry) : "none";
    return [dx, wants(1) ? dw() : "none", wants(2) ? sum(rows(c), [0]) : "none"];
  },
});

const channelsLast = (x: Value): Value => transpose(x, [0, 2, 3, 1]);
const channelsFirst = (x: Value): Value => transpose(x, [0, 3, 1, 2]);

/** im2col: the pixels under the kernel at each position, [B, H', W', tiles · s · s · C]. */
function columns(x: Value, { batch, channels, to, blocks, stride, padding }: Geometry): Value {
  const tiles = [at(to, 0) + at(blocks, 0) - 1, at(to, 1) + at(blocks, 1) - 1] as const;
  const whole = tiles.reduce((image, count, i) => fitted(image, 2 + i, padding, count * stride), x);
  const parts = reshape(whole, [batch, channels, tiles[0], stride, tiles[1], stride]);
  const tiled = reshape(transpose(parts, [0, 2, 4, 3, 5, 1]), [batch, ...tiles, stride * stride * channels]);
  const under = offsets(blocks).map(([down, right]) =>
    slice(slice(tiled, 1, down, down + to[0]), 2, right, right + to[1]),
  );
  return concat(under, 3);
}

/** col2im, the transpose of `columns`: every column added back where it came from, [B, C, H, W]. */
function laidBack(g: Value, { batch, channels, from, to, blocks, stride, padding }: Geometry): Value {
  const size = stride * stride * channels;
  const tiles = [at(to, 0) + at(blocks, 0) - 1, at(to, 1) + at(blocks, 1) - 1] as const;
  const laid = offsets(blocks).map(([down, right], i) => {
    const part = slice(g, 3, i * size, (i + 1) * size);
    return pad(pad(part, 1, down, blocks[0] - 1 - down), 2, right, blocks[1] - 1 - right);
  });
  const parts = reshape(laid.reduce(add), [batch, ...tiles, stride, stride, channels]);
  const whole = reshape(transpose(parts, [0, 5, 1, 3, 2, 4]), [batch, channels, tiles[0] * stride, tiles[1] * stride]);
  return from.reduce((image, side, i) => fitted(image, 2 + i, -padding, side), whole);
}

/** The kernel, padded to whole tiles, as a matrix [O, tiles · s · s · C]. */
function asMatrix(weight: Value, { channels, blocks, stride }: Geometry): Value {
  const out = at(weight.type.shape, 0);
  const whole = blocks.reduce((kernel, count, i) => fitted(kernel, 2 + i, 0, count * stride), weight);
  const parts = reshape(whole, [out, channels, blocks[0], stride, blocks[1], stride]);
  return reshape(transpose(parts, [0, 2, 4, 3, 5, 1]), [out, blocks[0] * blocks[1] * stride * stride * channels]);
}

/** The transpose of `asMatrix`: [O, C, h, w]. */
function asKernel(matrix: Value, { channels, kernel, blocks, stride }: Geometry): Value {
  const out = at(matrix.type.shape, 0);
  const parts = transpose(reshape(matrix, [out, ...blocks, stride, stride, channels]), [0, 5, 1, 3, 2, 4]);
  const whole = reshape(parts, [out, channels, blocks[0] * stride, blocks[1] * stride]);
  return kernel.reduce((cut, side, i) => fitted(cut, 2 + i, 0, side), whole);
}

/** Shifts by `before` along an axis and pads with zeros, or cuts, to length `size`. */
function fitted(x: Value, axis: number, before: number, size: number): Value {
  const length = at(x.type.shape, axis);
  const cut = slice(x, axis, Math.max(0, -before), Math.min(length, size - before));
  const front = Math.max(0, before);
  return pad(cut, axis, front, size - front - at(cut.type.shape, axis));
}

/** Offsets of the tiles under the kernel, row by row. */
function offsets([down, right]: readonly [number, number]): [number, number][] {
  return Array.from({ length: down * right }, (_, i) => [Math.floor(i / right), i % right]);
}

/** 2-D convolution: x [B, C, H, W], weight [O, C, h, w], bias [O] → [B, O, H', W']. */
export const conv2d = (
  x: Value,
  { weight, bias }: { readonly weight: Value; readonly bias: Value },
  { stride = 1, padding = 0 }: Partial<Conv2dAttributes> = {},
): Value => one(conv2dOp([x, weight, bias], { stride, padding }));

/** Nearest-neighbour upsampling by `factor` along both axes: [B, C, H, W] → [B, C, H·f, W·f]. */
export function upsampled(x: Value, factor: number): Value {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.type.shape;
  const apart = reshape(x, [batch, channels, height, 1, width, 1]);
  const repeated = broadcastTo(apart, [batch, channels, height, factor, width, factor]);
  return reshape(repeated, [batch, channels, height * factor, width * factor]);
}
