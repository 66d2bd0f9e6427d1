// A small picture of a stage's model: a row for each layer, a column for attention and each expert, embeddings below, heads
// above; solid where it is trained, pale where it is frozen, an outline where no loss reaches it.
import { countText, type HeadSpec, type Spec, type StageSpec } from "../../compiler/front-end.js";
import { html, join, type Html } from "../html.js";
import { cellsOf, doingOf, type Cell, type Doing } from "./cells.js";
import { element } from "./element.js";
import type { Across, Box } from "./place.js";
import { tintOf, tintOfView, type Tint } from "./tint.js";

/** A cell with its position. */
export interface PlacedCell extends Cell, Box {
  readonly tint: Tint;
  readonly doing: Doing;
}

/** The layout of a stage's small picture, 120 wide. */
export interface StageLayout {
  readonly width: number;
  readonly height: number;
  readonly cells: readonly PlacedCell[];
}

const wide = 120;
const space = 2;
const edge = 9;

/** The layout of a stage. */
export function stageLayout(stage: StageSpec, spec: Spec): StageLayout {
  const cells = cellsOf(stage, spec);
  const { layers, experts } = stage.model;
  const row = Math.min(14, Math.max(4, 100 / layers));
  const held = cells.filter(({ layer }) => layer !== null);
  const columns = ["attention", ...experts.map(({ name }) => `experts.${name}`)].filter((part) =>
    held.some((cell) => cell.part === part),
  );
  const rows = [
    cells.filter(({ part }) => part.startsWith("heads.")),
    cells.filter(({ part }) => part === "pooler" || part === "final_norm"),
  ];
  const below = cells.filter(({ part }) => part.startsWith("embed.") || part === "position");
  const placed: PlacedCell[] = [];
  let y = 0;
  const put = (cell: Cell, across: Across, height: number): void => {
    placed.push({ ...cell, ...across, y, height, tint: tintOfPart(cell.part, stage), doing: doingOf(cell) });
  };
  for (const each of rows) {
    each.forEach((cell, i) => put(cell, part(i, each.length), edge));
    if (each.length > 0) y += edge + 2 * space;
  }
  for (let layer = layers; layer >= 1; layer -= 1) {
    for (const cell of held.filter((each) => each.layer === layer))
      put(cell, part(columns.indexOf(cell.part), columns.length), row - 1);
    y += row;
  }
  y += 2 * space;
  below.forEach((cell, i) => put(cell, part(i, below.length), edge));
  return { width: wide, height: y + edge, cells: placed };
}

/** The i-th of n equal parts of the width. */
function part(i: number, count: number): Across {
  const width = (wide - 2 - space * (count - 1)) / count;
  return { x: 1 + i * (width + space), width };
}

function tintOfPart(path: string, { model, heads }: StageSpec): Tint {
  const [kind, name = ""] = path.split(".");
  if (kind === "experts") return tintOf(model.experts.find((expert) => expert.name === name) ?? { views: [] });
  if (kind === "heads") return tintOfHead(heads.find((head) => head.name === name));
  if (path === "embed.image") return "image";
  return path === "embed.text" ? "words" : "attention";
}

/** The tint of a head, by its features. */
export function tintOfHead(head: HeadSpec | undefined): Tint {
  const views = [...new Set(head?.features.map(({ view }) => view))];
  const [first] = views;
  return first === undefined || views.length > 1 ? "several" : tintOfView[first];
}

/** `trained`, `1,536 of them trained, 768 unreached by any loss`. */
function doingText({ parameters, trained, frozen }: Cell): string {
  const counts = Object.entries({ trained, frozen, "unreached by any loss": parameters - trained - frozen });
  const present = counts.filter(([, count]) => count > 0);
  const [only, second] = present;
  if (only !== undefined && second === undefined) return only[0];
  return present.map(([what, count], i) => `${countText(count)}${i === 0 ? " of them" : ""} ${what}`).join(", ");
}

/** The contents of an `svg` of the layout's size. */
export function stageDrawing({ cells }: StageLayout): Html {
  return join(cells.map(cellDrawing));
}

function cellDrawing(cell: PlacedCell): Html {
  const { x, y, width, height, tint, doing, part, layer } = cell;
  const place = layer === null ? part : `${part}, layer ${layer}`;
  const title = [`${place}: ${countText(cell.parameters)} parameters`, doingText(cell), ...handed(cell)].join(", ");
  const middle = { cx: x + width - Math.min(6, width / 2), cy: y + height / 2, r: Math.min(2, height / 3) };
  // The trained share fills the cell from below.
  const filled = height * (cell.trained / cell.parameters);
  return element(
    "g",
    { class: `tint-${tint}`, "data-part": part, "data-layer": layer ?? undefined, "data-doing": doing },
    element("title", {}, html`${title}`),
    element("rect", { x, y, width, height, rx: 1.5, class: cell.frozen > 0 ? "frozen" : "unreached" }),
    ...(filled > 0
      ? [element("rect", { x, y: y + height - filled, width, height: filled, rx: 1.5, class: "trained" })]
      : []),
    ...(cell.isNew ? [element("circle", { ...middle, class: "new" })] : []),
    ...(cell.isCopied ? [element("circle", { ...middle, class: "copied" })] : []),
  );
}

function handed({ isNew, isCopied, isResized }: Cell): string[] {
  return [
    ...(isNew ? ["newly initialised"] : []),
    ...(isCopied ? ["copied within the model"] : []),
    ...(isResized ? ["resized"] : []),
  ];
}
