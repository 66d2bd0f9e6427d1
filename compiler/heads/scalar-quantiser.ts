// An autoencoder with the networks of VQ-VAE (van den Oord et al. 2017) that assigns one code to each patch by finite
// scalar quantisation (FSQ, Mentzer et al. 2023): each of a few numbers is rounded to one of its levels, and a code is
// a combination of levels. docs/decisions/0012 says why there is no codebook.
import type { BuildContext } from "../build/context.js";
import type { Value } from "../ir/graph.js";
import { upsampled } from "../ops/convolution.js";
import { add, mean, mul, relu, scale, sigmoid, sub } from "../ops/elementwise.js";
import { rows } from "../ops/linear.js";
import { cast, constant, fill, reshape, stopGradient, sum, transpose } from "../ops/structure.js";
import { patchesPerSide } from "../spec/geometry.js";
import type { ParameterSpec, Role } from "../spec/parameter.js";
import type { ModelSpec } from "../spec/spec.js";
import {
  columnElements,
  convolutionElements,
  convolutionFlops,
  convolutionTensors,
  convolved,
  rectified,
  sameSize,
  type Convolution,
} from "./convolutions.js";

/** Size of the autoencoder. */
export interface Quantiser {
  readonly codes: number;
  /** Channels of the convolutions. */
  readonly hidden: number;
}

/** Most levels per number, if the number of codes allows it. */
const mostLevels = 8;

/** Levels whose product is the number of codes: as few factors as possible, each at most eight or a prime. */
export function levelsOf(codes: number): number[] {
  const levels: number[] = [];
  for (const prime of primeFactors(codes)) {
    const at = levels.findIndex((level) => level * prime <= mostLevels);
    if (at < 0) levels.push(prime);
    else levels[at] = (levels[at] ?? 1) * prime;
  }
  return levels;
}

/**
 * From the image to a few numbers a patch, and back. Both networks have two residual blocks at the resolution of the
 * patches, as in VQ-VAE.
 */
interface Autoencoder {
  readonly down: readonly Convolution[];
  readonly encoding: readonly (readonly Convolution[])[];
  readonly narrow: Convolution;
  readonly widen: Convolution;
  readonly decoding: readonly (readonly Convolution[])[];
  /** Convolutions, each after nearest-neighbour upsampling by `factor`. */
  readonly up: readonly (Convolution & { readonly factor: number })[];
}

function autoencoder(model: ModelSpec, { codes, hidden }: Quantiser): Autoencoder {
  const { size = 1, patch = 1, channels = 1 } = model.image ?? {};
  const grid = patchesPerSide(model);
  const strides = primeFactors(patch);
  const numbers = levelsOf(codes).length;
  let side = size;
  const down = strides.map((stride, i): Convolution => {
    const from = i === 0 ? channels : hidden;
    side /= stride;
    return { name: `encoder.down.${i + 1}`, from, to: hidden, kernel: stride + 2, stride, padding: 1, side };
  });
  const up = strides.toReversed().map((factor, i, { length }) => {
    const to = i === length - 1 ? channels : hidden;
    side *= factor;
    return { ...sameSize(`decoder.up.${i + 1}`, hidden, to, 3, side), factor };
  });
  const blocks = (part: string): Convolution[][] =>
    [1, 2].map((i) => [
      sameSize(`${part}.blocks.${i}.conv1`, hidden, hidden, 3, grid),
      sameSize(`${part}.blocks.${i}.conv2`, hidden, hidden, 1, grid),
    ]);
  return {
    down,
    encoding: blocks("encoder"),
    narrow: sameSize("encoder.out", hidden, numbers, 1, grid),
    widen: sameSize("decoder.in", numbers, hidden, 3, grid),
    decoding: blocks("decoder"),
    up,
  };
}

/** In descending order; [1] for 1. */
function primeFactors(number: number): number[] {
  const factors: number[] = [];
  let rest = number;
  for (let prime = 2; rest > 1; prime += 1) for (; rest % prime === 0; rest /= prime) factors.unshift(prime);
  return factors.length === 0 ? [1] : factors;
}

function encoderOf({ down, encoding, narrow }: Autoencoder): Convolution[] {
  return [...down, ...encoding.flat(), narrow];
}

function allOf(parts: Autoencoder): Convolution[] {
  return [...encoderOf(parts), parts.widen, ...parts.decoding.flat(), ...parts.up];
}

/** Parameters of both networks. */
export function quantiserTensors(
  model: ModelSpec,
  head: Quantiser,
  at: { readonly prefix: string; readonly role: Role },
): ParameterSpec[] {
  return convolutionTensors(allOf(autoencoder(model, head)), at);
}

/** FLOPs per image: of both networks, or of the encoder only. */
export function quantiserFlops(model: ModelSpec, head: Quantiser, which: "all" | "encoder"): number {
  const parts = autoencoder(model, head);
  return convolutionFlops(which === "all" ? allOf(parts) : encoderOf(parts));
}

/**
 * Activation elements: the output of each convolution and what the next reads of it; at the peak, the im2col columns of
 * the largest one.
 */
export function quantiserElements(model: ModelSpec, head: Quantiser): number {
  const all = allOf(autoencoder(model, head));
  return 2 * convolutionElements(all) + Math.max(...all.map(columnElements));
}

/** Output of the encoder. */
interface Quantised {
  /** The numbers of each patch, 0 … 1, and the same rounded to their levels: [B·P, n]. */
  readonly numbers: Value;
  readonly rounded: Value;
  /** int32 [B·P], patches row-major. */
  readonly ids: Value;
}

/** The codes of images [B, C, S, S]. */
export function quantised(context: BuildContext, head: Quantiser, prefix: string, image: Value): Quantised {
  const { down, encoding, narrow } = autoencoder(context.model, head);
  const first = down.reduce((x, each, i) => convolved(context, prefix, each, i === 0 ? x : relu(x)), image);
  const states = encoding.reduce((x, path) => add(x, rectified(context, prefix, path, x)), first);
  const numbers = sigmoid(rows(transpose(rectified(context, prefix, [narrow], states), [0, 2, 3, 1])));
  const levels = levelsOf(head.codes);
  const steps = levels.map((level) => level - 1);
  const nearest = cast(cast(add(mul(numbers, list(steps)), fill(0.5)), "int32"), "float32");
  // The levels are the digits of the code, the least significant first.
  const places = levels.map((_, i) => levels.slice(0, i).reduce((product, level) => product * level, 1));
  return {
    numbers,
    rounded: mul(nearest, list(steps.map((step) => 1 / step))),
    ids: cast(sum(mul(nearest, list(places)), [1]), "int32"),
  };
}

function list(numbers: readonly number[]): Value {
  return constant([numbers.length], Float32Array.from(numbers));
}

/** Images [B, C, S, S] decoded from the numbers of their patches [B·P, n], 0 … 1. */
function decoded(context: BuildContext, head: Quantiser, prefix: string, numbers: Value): Value {
  const { widen, decoding, up } = autoencoder(context.model, head);
  const grid = patchesPerSide(context.model);
  const [patches = 0, count = 0] = numbers.type.shape;
  const centred = sub(scale(numbers, 2), fill(1));
  const laid = transpose(reshape(centred, [patches / grid ** 2, grid, grid, count]), [0, 3, 1, 2]);
  const first = convolved(context, prefix, widen, laid);
  const states = decoding.reduce((x, path) => add(x, rectified(context, prefix, path, x)), first);
  return up.reduce((x, each) => convolved(context, prefix, each, upsampled(relu(x), each.factor)), states);
}

/** What training a quantiser contributes to a program. */
export interface Reconstruction {
  /** Mean squared error of each image, [B]. */
  readonly error: Value;
  readonly image: Value;
  readonly ids: Value;
}

/** Images decoded from their codes; the gradient skips the rounding (straight-through estimator). */
export function reconstructed(context: BuildContext, head: Quantiser, prefix: string, image: Value): Reconstruction {
  const { numbers, rounded, ids } = quantised(context, head, prefix, image);
  const made = decoded(context, head, prefix, add(numbers, stopGradient(sub(rounded, numbers))));
  const difference = sub(made, image);
  return { error: mean(mul(difference, difference), [1, 2, 3]), image: made, ids };
}
