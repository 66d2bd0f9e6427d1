// Layout of heads above the lanes that they read: those of one lane below those of several, so that no line crosses a box.
import type { FeatureSpec, HeadSpec, View } from "../../compiler/front-end.js";
import type { Box, LanePlace, Point } from "./place.js";

/** The box of a head, across all lanes that it reads. */
export interface HeadBox extends Box {
  readonly head: HeadSpec;
  readonly views: readonly View[];
  /** Lines from the features it reads to its box; none where it reads only pixels. */
  readonly taken: readonly Taken[];
}

/** A line from a feature to a head, with a dot at its start. */
export interface Taken {
  readonly points: readonly Point[];
  /** The layer whose output it is; null: the output of the top layer. */
  readonly layer: number | null;
}

/** Space beside a box for the line of its lane. */
const indent = 10;
const boxHeight = 44;
const rowHeight = 52;

/** The lanes that a head spans, from the first to the last, and its row, counted from below. */
interface Spread {
  readonly head: HeadSpec;
  readonly from: number;
  readonly to: number;
  readonly row: number;
}

/** Heads in rows. */
export interface HeadRows {
  readonly spreads: readonly Spread[];
  /** The height of all rows, above the trunk. */
  readonly height: number;
}

/** Assigns heads to rows. */
export function headRows(heads: readonly HeadSpec[], places: readonly LanePlace[]): HeadRows {
  const filled = places.map(() => 0);
  const widths = heads.map((head) => ({ head, ...lanesOf(head, places) }));
  const spreads = widths
    .toSorted((a, b) => a.to - a.from - (b.to - b.from))
    .map((spread) => {
      const row = Math.max(...filled.slice(spread.from, spread.to + 1));
      filled.fill(row + 1, spread.from, spread.to + 1);
      return { ...spread, row };
    });
  return { spreads, height: 12 + Math.max(0, ...filled) * rowHeight };
}

/** All lanes where the declared model lacks a view that the head reads, which a stage has added. */
function lanesOf(head: HeadSpec, places: readonly LanePlace[]): Pick<Spread, "from" | "to"> {
  const read = viewsOf(head).map((view) => places.findIndex((place) => place.view === view));
  const isWhole = read.length > 0 && !read.includes(-1);
  return isWhole ? { from: Math.min(...read), to: Math.max(...read) } : { from: 0, to: Math.max(0, places.length - 1) };
}

function viewsOf({ features }: HeadSpec): View[] {
  return [...new Set(features.map(({ view }) => view))];
}

/** The boxes, from the top of the picture down. `layerTop`: the height at which a layer's output leaves it. */
export function headBoxes(
  { spreads, height }: HeadRows,
  places: readonly LanePlace[],
  layerTop: (layer: number) => number,
): HeadBox[] {
  return spreads.map(({ head, from, to, row }) => {
    const [first, last] = [places[from], places[to]];
    const x = (first?.x ?? 0) + indent;
    const y = height - 12 - row * rowHeight - boxHeight;
    const box = { x, y, width: (last?.x ?? 0) + (last?.width ?? 0) - x, height: boxHeight };
    return { ...box, head, views: viewsOf(head), taken: takenBy(head, box, places, { height, layerTop }) };
  });
}

interface Heights {
  readonly height: number;
  readonly layerTop: (layer: number) => number;
}

function takenBy(head: HeadSpec, box: Box, places: readonly LanePlace[], heights: Heights): Taken[] {
  const features = new Map(head.features.map((feature) => [`${feature.view} ${feature.layer}`, feature]));
  return [...features.values()].flatMap((feature) => {
    const place = places.find(({ view }) => view === feature.view);
    return place === undefined || feature.part === "pixels" ? [] : [taken(feature, box, place, heights)];
  });
}

/** Along the left edge of a lane from its top; along the right edge from a lower layer. */
function taken({ layer }: FeatureSpec, box: Box, place: LanePlace, { height, layerTop }: Heights): Taken {
  const middle = box.y + box.height / 2;
  if (layer !== null) {
    const x = place.x + place.width + 4;
    const from = layerTop(layer) + 3;
    return {
      layer,
      points: [
        [place.x + place.width, from],
        [x, from],
        [x, middle],
        [box.x + box.width, middle],
      ],
    };
  }
  const x = place.x + 4;
  if (box.x < place.x)
    return {
      layer,
      points: [
        [x, height],
        [x, box.y + box.height],
      ],
    };
  return {
    layer,
    points: [
      [x, height],
      [x, middle],
      [box.x, middle],
    ],
  };
}
