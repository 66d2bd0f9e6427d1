// Heads above the lanes that they read: those of one lane below those of several, so that no line goes through a box.
import type { FeatureSpec, HeadSpec, View } from "../../compiler/front-end.js";
import type { Box, Place, Point } from "./place.js";

/** A head, over all lanes that it reads. */
export interface HeadBox extends Box {
  readonly head: HeadSpec;
  readonly views: readonly View[];
  /** From where it takes what it reads, to its box; none where it reads only pixels. */
  readonly taken: readonly Taken[];
}

/** A line from a feature to a head, with a dot where it begins. */
export interface Taken {
  readonly points: readonly Point[];
  /** The layer whose output it is; null: what leaves the top. */
  readonly layer: number | null;
}

/** Room beside a box for the line of its lane. */
const indent = 10;
const boxHeight = 42;
const rowHeight = 50;

interface Spread {
  readonly head: HeadSpec;
  readonly from: number;
  readonly to: number;
}

/** Boxes from the top of the picture down, and how high they are together. `layerTop`: where a layer's output leaves it. */
export function placeHeads(
  heads: readonly HeadSpec[],
  places: readonly Place[],
  layerTop: (layer: number) => number,
): { readonly boxes: readonly HeadBox[]; readonly height: number } {
  const spreads = heads.flatMap((head) => spreadOf(head, places));
  const ordered = spreads.toSorted((a, b) => a.to - a.from - (b.to - b.from));
  const filled = places.map(() => 0);
  const rows = ordered.map((spread) => {
    const row = Math.max(...filled.slice(spread.from, spread.to + 1));
    filled.fill(row + 1, spread.from, spread.to + 1);
    return { spread, row };
  });
  const height = 6 + Math.max(0, ...filled) * rowHeight + 6;
  // Functions of the height, as layers are below all heads.
  const boxes = rows.map(({ spread, row }) => {
    const [first, last] = [places[spread.from], places[spread.to]];
    const x = (first?.x ?? 0) + indent;
    const y = height - 12 - row * rowHeight - boxHeight;
    const box = { x, y, width: (last?.x ?? 0) + (last?.width ?? 0) - x, height: boxHeight };
    return {
      ...box,
      head: spread.head,
      views: viewsOf(spread.head),
      taken: takenBy(spread.head, box, places, { height, layerTop }),
    };
  });
  return { boxes, height };
}

function viewsOf({ features }: HeadSpec): View[] {
  return [...new Set(features.map(({ view }) => view))];
}

/** The lanes from the first to the last that a head reads; none where the model has no such lane. */
function spreadOf(head: HeadSpec, places: readonly Place[]): Spread[] {
  const read = viewsOf(head).map((view) => places.findIndex((place) => place.view === view));
  if (read.length === 0 || read.includes(-1)) return [];
  return [{ head, from: Math.min(...read), to: Math.max(...read) }];
}

interface Heights {
  readonly height: number;
  readonly layerTop: (layer: number) => number;
}

function takenBy(head: HeadSpec, box: Box, places: readonly Place[], heights: Heights): Taken[] {
  const features = new Map(head.features.map((feature) => [`${feature.view} ${feature.layer}`, feature]));
  return [...features.values()].flatMap((feature) => {
    const place = places.find(({ view }) => view === feature.view);
    return place === undefined || feature.part === "pixels" ? [] : [taken(feature, box, place, heights)];
  });
}

/** Along the left edge of a lane from its top; along the right edge from a layer below it. */
function taken({ layer }: FeatureSpec, box: Box, place: Place, { height, layerTop }: Heights): Taken {
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
