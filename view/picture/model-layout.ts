// Layout of a model's picture: a lane for each view, a row for each layer, the top layer at the top. Numbers only;
// model-drawing.ts makes the markup.
import {
  expertFor,
  fusedFrom,
  isFused,
  layersOf,
  tokensOf,
  type ExpertSpec,
  type HeadSpec,
  type Modality,
  type ModelPlan,
  type ModelSpec,
  type View,
} from "../../compiler/front-end.js";
import { headBoxes, headRows, type HeadBox } from "./heads-layout.js";
import type { Across, Box, LanePlace, Point } from "./place.js";
import { tintOf, tintOfView, type Tint } from "./tint.js";

/** The path of a view through the trunk. */
export interface Lane {
  readonly view: View;
  readonly x: number;
  readonly width: number;
  readonly tokens: number;
  /** Operations of a forward pass of one sample. */
  readonly flops: number;
  /** Lines from the embeddings to the top, one for each modality of the view; over them one where both share an expert. */
  readonly ways: readonly Way[];
  readonly experts: readonly ExpertBox[];
  readonly embeddings: readonly (Box & { readonly side: Modality; readonly tokens: number })[];
  /** The second branch of a fused contrastive head: the sequence through the experts for pairs. */
  readonly fused: Box | null;
}

/** The path of tokens. */
export interface Way {
  readonly tint: Tint;
  readonly points: readonly Point[];
}

/** An expert in one layer, for the tokens of one view. */
export interface ExpertBox extends Box {
  readonly layer: number;
  readonly expert: string;
  readonly tokens: "all" | Modality;
  readonly tint: Tint;
  /** Whether its name is shown: at the top of a run of layers. */
  readonly named: boolean;
}

/** An attention: across all lanes where modalities share it. */
export interface AttentionBar extends Box {
  readonly layer: number;
  readonly view: View | null;
  readonly tint: Tint;
}

/** The layout of a model with the heads trained on it. */
export interface ModelLayout {
  readonly width: number;
  readonly height: number;
  readonly lanes: readonly Lane[];
  readonly layers: readonly (Box & { readonly layer: number })[];
  readonly attention: readonly AttentionBar[];
  readonly norm: Box;
  readonly heads: readonly HeadBox[];
}

/** Space for layer numbers to the left of the lanes. */
const gutter = 28;
const gap = 8;
const wide = 360;
/** Space for lines from lower layers beside the last lane. */
const margin = 8;
const laneArea: Across = { x: gutter, width: wide - gutter - margin };
const embeddingHeight = 26;
/** Space for the name of a view with its tokens and operations. */
const nameHeight = 46;

interface Rows {
  readonly height: number;
  readonly expert: number;
  readonly attention: number;
}

/** Tall rows for few layers, so that the largest model still fits on a page. */
function rowsOf(layers: number): Rows {
  const height = layers <= 12 ? 30 : layers <= 24 ? 22 : Math.max(9, 528 / layers);
  return { height, expert: height * 0.56, attention: Math.max(2, height * 0.2) };
}

/** The picture of a model with some heads. */
export function layoutOf(model: ModelSpec, plan: ModelPlan, heads: readonly HeadSpec[]): ModelLayout {
  const places = placesOf(plan);
  const rows = rowsOf(model.layers);
  const above = headRows(heads, places);
  const norm = { ...laneArea, y: above.height, height: Math.max(4, rows.attention) };
  const first = norm.y + norm.height + 10;
  const layerTop = (layer: number): number => first + (model.layers - layer) * rows.height;
  const bottom = first + model.layers * rows.height + 4;
  const frame: Frame = { model, rows, top: norm.y, bottom, layerTop };
  const fused = heads.some(isFused) ? fusedFrom(model) : null;
  return {
    width: wide,
    height: bottom + embeddingHeight + nameHeight,
    lanes: plan.views.map((view, i) => ({ ...view, ...laneOf(view.view, places[i] ?? laneArea, frame, fused) })),
    layers: layersOf(model).map((layer) => ({ layer, x: 0, y: layerTop(layer), width: wide, height: rows.height })),
    attention: attentionOf(places, frame),
    norm,
    heads: headBoxes(above, places, layerTop),
  };
}

function placesOf({ views }: ModelPlan): LanePlace[] {
  const width = (laneArea.width - gap * (views.length - 1)) / Math.max(1, views.length);
  return views.map(({ view }, i) => ({ view, x: gutter + i * (width + gap), width }));
}

interface Frame {
  readonly model: ModelSpec;
  readonly rows: Rows;
  readonly top: number;
  readonly bottom: number;
  readonly layerTop: (layer: number) => number;
}

type Drawn = Pick<Lane, "x" | "width" | "ways" | "experts" | "embeddings" | "fused">;

function laneOf(view: View, { x, width }: Across, frame: Frame, fused: number | null): Drawn {
  const { model, rows, bottom, layerTop } = frame;
  const tokens = tokensOf(model, view);
  const sides = sidesOf(view);
  const parts = split({ x, width }, sides.length);
  const boxes = layersOf(model).flatMap((layer) => expertsOf(view, layer, { x, width }, frame));
  const experts = boxes.map((box) => ({ ...box, named: !boxes.some((other) => goesOn(box, other)) }));
  const place = { y: bottom, height: embeddingHeight };
  const embeddings = sides.map((side, i) => ({ ...(parts[i] ?? { x, width }), ...place, side, tokens: tokens[side] }));
  const isFusing = fused !== null && view !== "pair";
  const height = fused === null ? 0 : layerTop(fused) + rows.expert - layerTop(model.layers);
  return {
    x,
    width,
    experts,
    embeddings,
    ways: [
      ...embeddings.map((start) => ({ tint: tintOfView[start.side], points: wayOf(start, experts, frame) })),
      ...(view === "pair" ? joinedWays(experts, frame) : []),
    ],
    fused: isFusing ? { x: x + width - 5, y: layerTop(model.layers), width: 5, height } : null,
  };
}

/** The modalities of a view, from left to right. */
function sidesOf(view: View): readonly Modality[] {
  return view === "pair" ? ["text", "image"] : [view];
}

function split({ x, width }: Across, parts: number): Across[] {
  const each = (width - 4 * (parts - 1)) / parts;
  return Array.from({ length: parts }, (_, i) => ({ x: x + i * (each + 4), width: each }));
}

type Unnamed = Omit<ExpertBox, "named">;

/** A pair goes as a whole through one expert, or its text and image through two side by side. */
function expertsOf(view: View, layer: number, across: Across, { model, rows, layerTop }: Frame): Unnamed[] {
  const route = expertFor(model, view, layer);
  const row = { layer, y: layerTop(layer), height: rows.expert };
  const box = (expert: ExpertSpec, tokens: ExpertBox["tokens"], part: Across): Unnamed => {
    return { ...row, ...part, expert: expert.name, tokens, tint: tintOf(expert) };
  };
  if (route.text !== null && route.text === route.image) return [box(route.text, "all", across)];
  const sides = sidesOf(view);
  const parts = split(across, sides.length);
  return sides.flatMap((side, i) => {
    const expert = route[side];
    return expert === null ? [] : [box(expert, view === "pair" ? side : "all", parts[i] ?? across)];
  });
}

/** Whether the same expert continues in the layer above. */
function goesOn(box: Unnamed, above: Unnamed): boolean {
  return above.layer === box.layer + 1 && above.expert === box.expert && above.x === box.x;
}

/** The path through the centre of each expert that serves the tokens. */
function wayOf(start: Across & { readonly side: Modality }, experts: readonly ExpertBox[], frame: Frame): Point[] {
  const middle = ({ x, width }: Across): number => x + width / 2;
  const own = experts.filter(({ tokens }) => tokens === "all" || tokens === start.side);
  const through = own.map((box): Point => [middle(box), box.y + box.height / 2]);
  const last = through.at(-1)?.[0] ?? middle(start);
  return [[middle(start), frame.bottom], ...through, [last, frame.top]];
}

/** The paths of a pair as a whole, from layer to layer. */
function joinedWays(experts: readonly ExpertBox[], { model, top }: Frame): Way[] {
  const whole = experts.filter(({ tokens }) => tokens === "all");
  return whole.flatMap((box): Way[] => {
    const above = whole.find(({ layer }) => layer === box.layer + 1);
    const end = box.layer === model.layers ? top : above && above.y + above.height / 2;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    return end === undefined ? [] : [{ tint: "pair", points: [[x, y], [x, end]] }]; // prettier-ignore
  });
}

/** One shared bar, or one for each modality. */
function attentionOf(places: readonly LanePlace[], { model, rows, layerTop }: Frame): AttentionBar[] {
  return layersOf(model).flatMap((layer): AttentionBar[] => {
    const y = layerTop(layer) + rows.expert + rows.height * 0.08;
    const row = { layer, y, height: rows.attention };
    if (model.attention.share === "all") return [{ ...row, ...laneArea, view: null, tint: "attention" }];
    return places.flatMap(({ view, ...across }) => {
      const sides = sidesOf(view);
      return split(across, sides.length).map((part, i) => ({
        ...row,
        ...part,
        view,
        tint: tintOfView[sides[i] ?? "text"],
      }));
    });
  });
}
