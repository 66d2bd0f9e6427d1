// Scenes as SVG: the image, and the mask with the shape of each pixel. Drawings are 96 units wide and high, and are rendered at
// the size a batch needs (48 to 64 pixels are enough to see everything).
import { withAttributes } from "../images/svg.js";
import type { SourceSettings } from "../sources/settings.js";
import type { Scene, SceneObject } from "./scene.js";

const SIDE = 96;
const CELL = 32;
const SHIFT = 2;
const RADIUS = [6.5, 12] as const;
const PALETTE = ["#e0241b", "#ff8a00", "#f2d600", "#18a038", "#1f5fe8", "#9a2fd6", "#1a1a1a"] as const;
const BACKGROUND = ["#ffffff", "#f3f3f3", "#edf3fb", "#fbf4e8", "#eef8ee", "#f8eff8"] as const;

/** The scene as an image. */
export function drawScene(scene: Scene): string {
  const shapes = scene.objects.map((object) => drawObject(object, PALETTE[object.colour] ?? ""));
  return svg(BACKGROUND[scene.background] ?? "", shapes, "");
}

/** The scene as classes: grey level 0 is background, each shape its index + 1. Without antialiasing. */
export function drawMask(scene: Scene): string {
  const shapes = scene.objects.map((object) => {
    const level = object.shape + 1;
    return drawObject(object, `rgb(${level},${level},${level})`);
  });
  return svg("#000000", shapes, ' shape-rendering="crispEdges"');
}

/** Cells of equal size, row by row; the last row may be short. */
export type Grid = NonNullable<SourceSettings<"shapes">["grid"]>;

/** The place of a drawing: its cell, its size, and which share of the remaining room is to its left and above it, 0 … 1. */
export interface CellPlacement {
  readonly cell: number;
  readonly scale: number;
  readonly left: number;
  readonly above: number;
}

/** Several drawings, each in its own cell; `background` fills the rest. */
export function drawGrid(
  drawings: readonly (CellPlacement & { readonly svg: string })[],
  { cells, columns }: Grid,
  background: string,
): string {
  const size = [SIDE * columns, SIDE * Math.ceil(cells / columns)] as const;
  const placed = drawings.map(({ svg, cell, scale, left, above }) => {
    const [side, room] = [SIDE * scale, SIDE * (1 - scale)];
    const [x, y] = [SIDE * (cell % columns) + room * left, SIDE * Math.floor(cell / columns) + room * above];
    return withAttributes(svg, { x, y, width: side, height: side });
  });
  return svg(background, placed, ' preserveAspectRatio="none"', size);
}

function svg(
  background: string,
  shapes: readonly string[],
  extra: string,
  [width, height]: readonly [number, number] = [SIDE, SIDE],
): string {
  const field = `<rect width="${width}" height="${height}" fill="${background}"/>`;
  const box = `viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box}${extra}>${field}${shapes.join("")}</svg>`;
}

function drawObject(object: SceneObject, fill: string): string {
  const radius = RADIUS[object.size] ?? 0;
  const x = (object.column + 0.5) * CELL + object.shift[0] * SHIFT;
  const y = (object.row + 0.5) * CELL + object.shift[1] * SHIFT;
  return OUTLINES[object.shape]?.(x, y, radius, fill) ?? "";
}

type Outline = (x: number, y: number, radius: number, fill: string) => string;

/** In the order of SHAPES; all have about the same area, so that size does not reveal shape. */
const OUTLINES: readonly Outline[] = [
  (x, y, r, fill) => `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`,
  (x, y, r, fill) => {
    const half = 0.89 * r;
    return `<rect x="${x - half}" y="${y - half}" width="${2 * half}" height="${2 * half}" fill="${fill}"/>`;
  },
  (x, y, r, fill) => {
    const half = 1.15 * r;
    return `<path d="M${x} ${y - 1.15 * r}L${x + half} ${y + r}H${x - half}Z" fill="${fill}"/>`;
  },
  (x, y, r, fill) => {
    const [arm, long] = [0.4 * r, 1.15 * r];
    const turn = `M${x - arm} ${y - long}h${2 * arm}v${long - arm}h${long - arm}v${2 * arm}h${arm - long}v${long - arm}`;
    return `<path d="${turn}h${-2 * arm}v${arm - long}h${arm - long}v${-2 * arm}h${long - arm}Z" fill="${fill}"/>`;
  },
];
