// The encoder of DALL-E's discrete VAE (Ramesh et al. 2021; github.com/openai/DALL-E), which supplied BEiT's targets: a
// code for every 8 × 8 pixels. Names are those of the published file, with `weight` and `bias` for `w` and `b`.
import type { BuildContext } from "../build/context.js";
import type { Value } from "../ir/graph.js";
import { add, mean, scale } from "../ops/elementwise.js";
import { rows } from "../ops/linear.js";
import { argmax, max } from "../ops/reduction.js";
import { fill, reshape, transpose } from "../ops/structure.js";
import { patchesPerSide } from "../spec/geometry.js";
import type { ParameterSpec, Role } from "../spec/parameter.js";
import type { ModelSpec } from "../spec/spec.js";
import {
  convolutionFlops,
  convolutionTensors,
  convolved,
  rectified,
  sameSize,
  type Convolution,
} from "./convolutions.js";

/** Side in pixels of the area that a code stands for. */
export const dallePatch = 8;

/** Channels of its first convolution. */
export const dalleHidden = 256;

/** Size of the encoder. */
export interface DalleEncoder {
  readonly codes: number;
  readonly hidden: number;
}

interface Block {
  /** The 1 × 1 convolution of the skip connection where the number of channels changes, else null. */
  readonly identity: Convolution | null;
  readonly path: readonly Convolution[];
}

interface Layers {
  readonly input: Convolution;
  readonly groups: readonly (readonly Block[])[];
  readonly output: Convolution;
}

/** Channels of each group relative to those of the first. */
const widths = [1, 2, 4, 8];
const blocksPerGroup = 2;
/** Scale of a block's residual branch. */
const gain = 1 / (widths.length * blocksPerGroup) ** 2;

function layersOf(model: ModelSpec, { codes, hidden }: DalleEncoder): Layers {
  const side = patchesPerSide(model) * dallePatch;
  let from = hidden;
  const groups = widths.map((times, i) =>
    Array.from({ length: blocksPerGroup }, (_, k) => {
      const block = blockOf(`blocks.group_${i + 1}.block_${k + 1}`, [from, times * hidden], side / 2 ** i);
      from = times * hidden;
      return block;
    }),
  );
  return {
    input: sameSize("blocks.input", model.image?.channels ?? 0, hidden, 7, side),
    groups,
    output: sameSize("blocks.output.conv", from, codes, 1, patchesPerSide(model)),
  };
}

function blockOf(name: string, [from, to]: readonly [number, number], side: number): Block {
  const inside = to / 4;
  const path = [
    sameSize(`${name}.res_path.conv_1`, from, inside, 3, side),
    sameSize(`${name}.res_path.conv_2`, inside, inside, 3, side),
    sameSize(`${name}.res_path.conv_3`, inside, inside, 3, side),
    sameSize(`${name}.res_path.conv_4`, inside, to, 1, side),
  ];
  return { identity: from === to ? null : sameSize(`${name}.id_path`, from, to, 1, side), path };
}

function allOf({ input, groups, output }: Layers): Convolution[] {
  const inside = groups.flat().flatMap(({ identity, path }) => [...(identity === null ? [] : [identity]), ...path]);
  return [input, ...inside, output];
}

/** Its parameters, which are loaded from a file. */
export function dalleTensors(
  model: ModelSpec,
  head: DalleEncoder,
  at: { readonly prefix: string; readonly role: Role },
): ParameterSpec[] {
  return convolutionTensors(allOf(layersOf(model, head)), at);
}

/** FLOPs per image. */
export function dalleFlops(model: ModelSpec, head: DalleEncoder): number {
  return convolutionFlops(allOf(layersOf(model, head)));
}

/** The code of each patch, int32 [B·P], patches row-major; images [B, C, S, S] hold −1 … 1. */
export function dalleCodes(context: BuildContext, head: DalleEncoder, prefix: string, image: Value): Value {
  const { input, groups, output } = layersOf(context.model, head);
  const first = convolved(context, prefix, input, mapped(smaller(image, patchesPerSide(context.model) * dallePatch)));
  const states = groups.reduce((x, blocks, i) => {
    const pooled = i === 0 ? x : maxPooled(x);
    return blocks.reduce((y, { identity, path }) => {
      const kept = identity === null ? y : convolved(context, prefix, identity, y);
      return add(kept, scale(rectified(context, prefix, path, y), gain));
    }, pooled);
  }, first);
  const logits = rectified(context, prefix, [output], states);
  return argmax(rows(transpose(logits, [0, 2, 3, 1])), 1);
}

/** From −1 … 1 to 0.1 … 0.9, the range that the encoder was trained on (`map_pixels`). */
function mapped(image: Value): Value {
  return add(scale(image, 0.4), fill(0.5));
}

/** Downsamples by averaging square groups of pixels (BEiT resizes with Lanczos filters). */
function smaller(image: Value, side: number): Value {
  const [batch = 0, channels = 0, size = 0] = image.type.shape;
  const group = size / side;
  return mean(reshape(image, [batch, channels, side, group, side, group]), [3, 5]);
}

function maxPooled(x: Value): Value {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.type.shape;
  const apart = reshape(x, [batch, channels, height / 2, 2, width / 2, 2]);
  return max(max(apart, 5), 3);
}
