// Positions, in units of a picture.
import type { View } from "../../compiler/front-end.js";

/** A horizontal interval. */
export interface Across {
  readonly x: number;
  readonly width: number;
}

/** A rectangle. */
export interface Box extends Across {
  readonly y: number;
  readonly height: number;
}

/** A vertex of a line. */
export type Point = readonly [x: number, y: number];

/** The lane of a view. */
export interface LanePlace extends Across {
  readonly view: View;
}
