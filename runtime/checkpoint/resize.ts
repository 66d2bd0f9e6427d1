// The rules by which an import may change a tensor's shape (docs/checkpoints.md). A rule applies only if it is allowed by name;
// otherwise another shape is an error.
import { resizeRuleOf, sizeOf, type ResizeRule, type Shape } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import { imageRows, type LayoutContext, type Mapping } from "./layouts/layout.js";
import { bicubicMatrix, geometricPoints, resampleGrid, splineMatrix, type Matrix } from "./resample.js";

/** The names that `--resize` takes. */
export const resizeNames = [
  "relative_table",
  "image_positions",
  "text_length",
  "types",
  "channels",
] as const satisfies readonly ResizeRule[];
/** The name of a rule. */
export type ResizeName = ResizeRule;

/** A rule that fits a change of shape. */
export interface Resize {
  readonly name: ResizeName;
  /** The tensor of `shape` from the file's tensor; shapes are those of the file's layout. */
  readonly apply: (tensor: Tensor, shape: Shape) => Tensor;
}

interface ShapeChange {
  readonly got: Shape;
  readonly wanted: Shape;
  readonly context: LayoutContext;
  /** The context of the giving model, if known; otherwise its texts are assumed to be as long as those of the new one. */
  readonly before?: Pick<LayoutContext, "span">;
}

/** Returns how to resize; undefined if the shapes do not allow it. */
type Plan = (change: ShapeChange) => Resize["apply"] | undefined;

const rules = {
  relative_table: relativeTable,
  image_positions: imagePositions,
  text_length: firstRows,
  types: (change) => firstRows(change) ?? repeatLastRow(change),
  channels: otherChannels,
} as const satisfies Readonly<Record<ResizeName, Plan>>;

/** How a rule resizes from one shape to another; undefined if it cannot. */
export function resizeBy(name: ResizeName, change: ShapeChange): Resize["apply"] | undefined {
  return rules[name](change);
}

/** The rule for this parameter that resizes the file's shape to the wanted one, if any. */
export function findResize({ target }: Mapping, change: ShapeChange): Resize | undefined {
  const name = resizeRuleOf(target.name);
  const apply = name === undefined ? undefined : resizeBy(name, change);
  return name === undefined || apply === undefined ? undefined : { name, apply };
}

/**
 * Rows of a relative position table after the image offsets: 3 for the image's class token, 2 between image and text,
 * 2·span − 3 text distances, 3 for the text's class token.
 */
const CLASS_ROWS = 3;
const CROSSINGS = 2;

/**
 * [source² + rest, columns] → [target² + rest, columns]: image offsets by a cubic spline over geometric coordinates, column by
 * column; rows of class tokens and between image and text are kept, and the text distances that remain.
 */
function relativeTable({ got, wanted, context, before }: ShapeChange): Resize["apply"] | undefined {
  const [gotRows = 0, gotColumns = 0] = got;
  const [wantedRows = 0, columns = 0] = wanted;
  if (got.length !== 2 || gotColumns !== columns) return undefined;
  const targetArea = imageRows(context) - CLASS_ROWS;
  const others = 2 * CLASS_ROWS + CROSSINGS;
  const distances = wantedRows - targetArea - others;
  const gotDistances = before?.span === undefined ? distances : 2 * before.span - 3;
  const [source, target] = [Math.sqrt(gotRows - others - gotDistances), Math.sqrt(targetArea)];
  if (!Number.isInteger(source) || source % 2 === 0 || gotDistances < distances) return undefined;
  return ({ data }, shape) => {
    const rows = (from: number, count: number) => data.subarray(from * columns, (from + count) * columns);
    const area = source * source;
    const first = area + CLASS_ROWS + CROSSINGS;
    return joined(shape, [
      source === target ? rows(0, area) : resampleGrid(rows(0, area), offsetsMatrix(source, target), columns),
      rows(area, CLASS_ROWS + CROSSINGS),
      rows(first + (gotDistances - distances) / 2, distances),
      rows(first + gotDistances, CLASS_ROWS),
    ]);
  };
}

/** The original's spline interpolation from `source` to `target` offsets along an axis. */
function offsetsMatrix(source: number, target: number): Matrix {
  const half = Math.floor(target / 2);
  const targets = Array.from({ length: target }, (_, i) => i - half);
  return splineMatrix(geometricPoints(source, target), targets);
}

/** [1, 1 + source², D] → [1, 1 + target², D]: the class token is kept, the grid is interpolated bicubically. */
function imagePositions({ got, wanted }: ShapeChange): Resize["apply"] | undefined {
  const [width = 0, tokens = 0] = [got.at(-1), got.at(-2)];
  const [source, target] = [Math.sqrt(tokens - 1), Math.sqrt((wanted.at(-2) ?? 0) - 1)];
  if (width !== wanted.at(-1) || !Number.isInteger(source) || !Number.isInteger(target) || source < 1) return undefined;
  return ({ data }, shape) => {
    const grid = resampleGrid(data.subarray(width), bicubicMatrix(source, target), width);
    return joined(shape, [data.subarray(0, width), grid]);
  };
}

/** [more, D] → [fewer, D]: the first rows. The opposite is not possible: longer texts have no rows to take. */
function firstRows({ got, wanted }: ShapeChange): Resize["apply"] | undefined {
  if (got.length !== 2 || got[1] !== wanted[1] || (got[0] ?? 0) < (wanted[0] ?? 0)) return undefined;
  return ({ data }, shape) => joined(shape, [data.subarray(0, sizeOf(shape))]);
}

/** [n, D] → [n + k, D]: further type embeddings are copies of the last one (NLVR2 in modules/vlmo_module.py). */
function repeatLastRow({ got, wanted }: ShapeChange): Resize["apply"] | undefined {
  const [rows = 0, width = 0] = got;
  if (got.length !== 2 || width !== wanted[1] || rows === 0 || rows > (wanted[0] ?? 0)) return undefined;
  return ({ data }, shape) => {
    const added = Array.from({ length: (shape[0] ?? 0) - rows }, () => data.subarray((rows - 1) * width));
    return joined(shape, [data, ...added]);
  };
}

/** Weights of red, green and blue in grey (ITU-R BT.601). */
const luma = [0.299, 0.587, 0.114] as const;

/** By channels before and after: the weights of each new channel over the old ones. */
const channelWeights: Readonly<Record<string, readonly (readonly number[])[]>> = {
  "1 to 3": luma.map((share) => [share]),
  "1 to 4": [...luma, 0].map((share) => [share]),
  "3 to 1": [[1, 1, 1]],
  "3 to 4": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [0, 0, 0],
  ],
};

/**
 * [D, from, p, p] → [D, to, p, p], with the same embedding for what the old model would have seen: grey as luma, colours as
 * equal channels. Weights for an added alpha channel are zeros; an alpha channel cannot be dropped, since nothing could replace
 * its weights.
 */
function otherChannels({ got, wanted }: ShapeChange): Resize["apply"] | undefined {
  const [width = 0, from = 0, ...patch] = got;
  const [wantedWidth, to = 0, ...wantedPatch] = wanted;
  const weights = channelWeights[`${from} to ${to}`];
  if (weights === undefined || width !== wantedWidth || patch.join() !== wantedPatch.join()) return undefined;
  const plane = sizeOf(patch);
  return ({ data }, shape) => {
    const kernels = Array.from({ length: width }, (_, row) =>
      weights.map((shares) =>
        Float32Array.from({ length: plane }, (_, pixel) =>
          shares.reduce((sum, share, old) => sum + share * (data[(row * from + old) * plane + pixel] ?? 0), 0),
        ),
      ),
    );
    return joined(shape, kernels.flat());
  };
}

function joined(shape: Shape, pieces: readonly ArrayLike<number>[]): Tensor {
  const data = new Float32Array(sizeOf(shape));
  let at = 0;
  for (const piece of pieces) {
    data.set(piece, at);
    at += piece.length;
  }
  if (at !== data.length) throw new Error("internal: a resized tensor of the wrong size");
  return { dtype: "float32", shape, data };
}
