// The `segmentation` of COCO's annotations: polygons, run lengths, or compressed run lengths (maskApi.c of cocoapi).
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import type { Area } from "./data-set.js";
import { fieldOf, isObject, type Part } from "./json-file.js";
import { shown } from "./json-text.js";

/** The size of an image. */
export interface Frame {
  readonly width: number;
  readonly height: number;
}

/** The area of an annotation in an image of this size. Throws V912, V913. */
export function areaIn(annotation: Part, frame: Frame): Area {
  const value = fieldOf(annotation, "segmentation");
  const runs = { value, at: `${annotation.at}.segmentation`, of: annotation.of };
  return isObject(value) ? runsIn(runs, frame) : polygonsIn(runs, frame);
}

/** The approximate number of pixels of an area. */
export function pixelsOf(area: Area): number {
  switch (area.kind) {
    case "polygons":
      return area.polygons.reduce((sum, corners) => sum + Math.abs(enclosed(corners)), 0);
    case "runs":
      return area.runs.reduce((sum, run, i) => sum + (i % 2 === 1 ? run : 0), 0);
  }
}

/** The signed area of a polygon, positive for one orientation. */
function enclosed(corners: readonly number[]): number {
  let twice = 0;
  for (let i = 0; i < corners.length; i += 2) {
    const [x = 0, y = 0] = [corners[i], corners[i + 1]];
    const [nextX = 0, nextY = 0] = [corners[(i + 2) % corners.length], corners[(i + 3) % corners.length]];
    twice += x * nextY - nextX * y;
  }
  return twice / 2;
}

function polygonsIn({ value, at, of }: Part, frame: Frame): Area {
  const wrong = (field: string, wanted: string, got: unknown): VlmoError =>
    vlmoError("V913", { field, wanted, got: shown(got) }, of.place);
  if (!Array.isArray(value) || value.length === 0)
    throw wrong(at, "a list of polygons, or runs of pixels (`counts` and `size`)", value);
  const polygons = value.map((corners: unknown, i) => {
    if (!isCorners(corners)) throw wrong(`${at}[${i}]`, "x and y of three corners or more", corners);
    // Outlines beyond the image are clipped; coordinates far outside would take unbounded time.
    const outside = corners.find((each, k) => !isNear(each, k % 2 === 0 ? frame.width : frame.height));
    if (outside === undefined) return corners;
    const size = `${frame.width} × ${frame.height}`;
    throw wrong(`${at}[${i}]`, `corners in the pixels of its image, which has ${size}`, outside);
  });
  return { kind: "polygons", polygons };
}

function isCorners(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.length >= 6 && value.length % 2 === 0 && value.every((each) => Number.isFinite(each))
  );
}

/** Whether a coordinate is at most the image's size away from the image. */
function isNear(at: number, size: number): boolean {
  return at >= -size && at <= 2 * size;
}

function runsIn(runs: Part, { width, height }: Frame): Area {
  const { at, of } = runs;
  const wrong = (field: string, wanted: string, got: string): VlmoError =>
    vlmoError("V913", { field: `${at}.${field}`, wanted, got }, of.place);
  const size = fieldOf(runs, "size");
  if (!Array.isArray(size) || size.length !== 2 || size[0] !== height || size[1] !== width)
    throw wrong("size", `the height and width of its image, [${height}, ${width}]`, shown(size));
  const counts = fieldOf(runs, "counts");
  const found = typeof counts === "string" ? unpacked(counts) : counts;
  if (!isRuns(found)) throw wrong("counts", "lengths of runs of pixels", shown(counts));
  const all = found.reduce((sum, run) => sum + run, 0);
  if (all !== width * height) throw wrong("counts", `runs of all ${width * height} pixels`, `runs of ${all}`);
  return { kind: "runs", runs: found };
}

function isRuns(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isInteger(each) && each >= 0);
}

/** Six bits a character, five of them of a number, lowest first; from the fourth number on, differences to the last but one. */
function unpacked(text: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < text.length;) {
    let [run, shift, bits] = [0, 0, 0];
    do {
      bits = text.charCodeAt(at++) - FIRST;
      run += (bits & 0x1f) * 2 ** shift;
      shift += 5;
    } while ((bits & 0x20) !== 0 && at < text.length);
    if ((bits & 0x10) !== 0) run -= 2 ** shift;
    runs.push(runs.length > 2 ? run + (runs.at(-2) ?? 0) : run);
  }
  return runs;
}

/** The character code of zero. */
const FIRST = 48;
