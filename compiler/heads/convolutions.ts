// Convolutions of a head, each said once: its tensors, its cost and the operation follow from it.
import { parameter, type BuildContext } from "../build/context.js";
import type { Value } from "../ir/graph.js";
import { conv2d } from "../ops/convolution.js";
import { relu } from "../ops/elementwise.js";
import { parameter as tensor, zero, type ParameterSpec, type Role } from "../spec/parameter.js";

/** Square images and kernels. */
export interface Convolution {
  /** Under the head's name. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** Pixels along one side of what it gives. */
  readonly side: number;
}

/** One that leaves the size of the image as it is; `kernel` is odd. */
// eslint-disable-next-line max-params -- as PyTorch's Conv2d, with a name in front and the side behind
export function sameSize(name: string, from: number, to: number, kernel: number, side: number): Convolution {
  return { name, from, to, kernel, stride: 1, padding: (kernel - 1) / 2, side };
}

/** Weights [to, from, k, k] as in PyTorch, uniform with the deviation that keeps a ReLU's scale (He et al. 2015); biases 0. */
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

/** Operations of one image, a multiplication and an addition counted as two. */
export function convolutionFlops(convolutions: readonly Convolution[]): number {
  return convolutions.reduce(
    (sum, { from, to, kernel, side }) => sum + 2 * side * side * to * from * kernel * kernel,
    0,
  );
}

/** Elements of all that they give of one image. */
export function convolutionElements(convolutions: readonly Convolution[]): number {
  return convolutions.reduce((sum, { to, side }) => sum + to * side * side, 0);
}

/** Elements of an image's columns under the kernel, and of what is laid back of them for the gradient. */
export function columnElements({ from, kernel, stride, side }: Convolution): number {
  const tiles = Math.ceil(kernel / stride) ** 2;
  return (tiles + 3) * from * (stride * side) ** 2;
}

/** Runs one of a head's convolutions over x [B, C, H, W]. */
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

/** Convolutions one after the other, a ReLU in front of each: the branch of a residual block. */
export function rectified(context: BuildContext, prefix: string, path: readonly Convolution[], x: Value): Value {
  return path.reduce((y, each) => convolved(context, prefix, each, relu(y)), x);
}
