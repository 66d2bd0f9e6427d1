// Convolutions of a head, each declared once: parameters, cost and operation follow from the declaration.
import { parameter, type BuildContext } from "../build/context.js";
import type { Value } from "../ir/graph.js";
import { conv2d } from "../ops/convolution.js";
import { relu } from "../ops/elementwise.js";
import { parameter as tensor, zero, type ParameterSpec, type Role } from "../spec/parameter.js";

/** Square images and kernels. */
export interface Convolution {
  /** Name below the head's prefix. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** Side of the output in pixels. */
  readonly side: number;
}

/** A convolution that keeps the side of the image; `kernel` is odd. */
// eslint-disable-next-line max-params -- as PyTorch's Conv2d, with a name in front and the side behind
export function sameSize(name: string, from: number, to: number, kernel: number, side: number): Convolution {
  return { name, from, to, kernel, stride: 1, padding: (kernel - 1) / 2, side };
}

/**
 * Weights [to, from, k, k] as in PyTorch, uniform with the standard deviation that preserves scale through a ReLU (He
 * et al. 2015); biases 0.
 */
export function convolutionTensors(
  convolutions: readonly Convolution[],
  { prefix, role }: { readonly prefix: string; readonly role: Role },
): ParameterSpec[] {
  return convolutions.flatMap(({ name, from, to, kernel }) => {
    const bound = Math.sqrt(6 / (from * kernel * kernel));
    return [
      tensor(`${prefix}.${name}.weight`, [to, from, kernel, kernel], role, "matrix", { kind: "uniform", bound }),
      tensor(`${prefix}.${name}.bias`, [to], role, "bias", zero),
    ];
  });
}

/** FLOPs per image, a multiply-add counted as two. */
export function convolutionFlops(convolutions: readonly Convolution[]): number {
  return convolutions.reduce(
    (sum, { from, to, kernel, side }) => sum + 2 * side * side * to * from * kernel * kernel,
    0,
  );
}

/** Elements of all outputs for one image. */
export function convolutionElements(convolutions: readonly Convolution[]): number {
  return convolutions.reduce((sum, { to, side }) => sum + to * side * side, 0);
}

/** Elements of an image's im2col columns, and of three maps as large as the input for col2im in the gradient. */
export function columnElements({ from, kernel, stride, side }: Convolution): number {
  const tiles = Math.ceil(kernel / stride) ** 2;
  return (tiles + 3) * from * (stride * side) ** 2;
}

/** Applies one of a head's convolutions to x [B, C, H, W]. */
export function convolved(
  context: BuildContext,
  prefix: string,
  { name, stride, padding }: Convolution,
  x: Value,
): Value {
  const affine = {
    weight: parameter(context, `${prefix}.${name}.weight`),
    bias: parameter(context, `${prefix}.${name}.bias`),
  };
  return conv2d(x, affine, { stride, padding });
}

/** Convolutions in sequence, each preceded by a ReLU: the branch of a residual block. */
export function rectified(context: BuildContext, prefix: string, path: readonly Convolution[], x: Value): Value {
  return path.reduce((y, each) => convolved(context, prefix, each, relu(y)), x);
}
