// The picture of a model as SVG: its classes and variables adopt the colours of the page or file.
import { flopsText, layersText, type ModelPlan, type ModelSpec } from "../../compiler/front-end.js";
import { html, join, type Html } from "../html.js";
import { element, label, pathOf } from "./element.js";
import type { HeadBox, Taken } from "./heads-layout.js";
import type { AttentionBar, ExpertBox, Lane, ModelLayout } from "./model-layout.js";
import type { Box } from "./place.js";
import { tintOfView } from "./tint.js";
import { amount, counted } from "../../grammar/index.js";
import { featuresText } from "./words.js";

/** The marked parts of a model: where it differs from another. */
export interface Marks {
  readonly layers: ReadonlySet<number>;
  readonly heads: ReadonlySet<string>;
  readonly attention: boolean;
  readonly embeddings: ReadonlySet<"image" | "text">;
}

/** No marks. */
export const unmarked: Marks = { layers: new Set(), heads: new Set(), attention: false, embeddings: new Set() };

/** A model with its layout and texts. */
export interface Drawn {
  readonly model: ModelSpec;
  readonly plan: ModelPlan;
  readonly layout: ModelLayout;
  readonly marks: Marks;
}

/** The whole picture: the contents of an `svg` of the layout's size. With `live`, lanes and heads can be reached by Tab. */
export function modelDrawing(drawn: Drawn, live: boolean): Html {
  const { layout, marks } = drawn;
  const { lanes, layers, attention, norm, heads } = layout;
  return join([
    ...layers.map((row) => layerMark(row, marks.layers.has(row.layer))),
    ...attention.filter(({ view }) => view === null).map((bar) => attentionBar(bar, drawn)),
    element("g", { class: "tint-attention" }, titled("rect", { ...norm, class: "soft", rx: 2 }, "final norm")),
    ...heads.flatMap(({ taken, views }) =>
      taken.map((line) =>
        takenLine(
          line,
          views.map((view) => `of-${view}`),
        ),
      ),
    ),
    ...lanes.map((lane) => laneDrawing(lane, drawn, live)),
    ...heads.map((head) => headDrawing(head, marks.heads.has(head.head.name), live)),
  ]);
}

function titled(
  name: string,
  { ...attributes }: Box & { readonly class: string; readonly rx: number },
  title: string,
): Html {
  const { x, y, width, height, rx, class: kind } = attributes;
  return element(name, { x, y, width, height, rx, class: kind }, element("title", {}, html`${title}`));
}

function layerMark({ layer, y, height, x }: Box & { readonly layer: number }, isMarked: boolean): Html {
  const size = Math.min(10, height * 0.5);
  const middle = y + height * 0.4;
  const number = element(
    "text",
    { x: 18, y: middle + size * 0.36, class: "muted", "text-anchor": "end", "font-size": size },
    html`${String(layer)}`,
  );
  const bar = isMarked ? [element("rect", { x, y, width: 3, height: height - 3, class: "differs-bar" })] : [];
  // Tall models have a number only where there is space for one.
  return join(size < 6 && layer % 4 !== 0 ? bar : [...bar, number]);
}

function attentionBar(bar: AttentionBar, { model, marks }: Drawn): Html {
  const { heads, share } = model.attention;
  const whose = share === "all" ? "shared by all tokens" : "of one modality";
  const title = `layer ${bar.layer}: attention ${whose}, ${counted(heads, "head")}`;
  const kind = marks.attention ? "soft differs" : "soft";
  return element(
    "g",
    { class: `tint-${bar.tint}`, "data-attention": bar.layer },
    titled("rect", { ...bar, class: kind, rx: 2 }, title),
  );
}

function laneDrawing(lane: Lane, drawn: Drawn, live: boolean): Html {
  const { view, ways, experts, embeddings, fused } = lane;
  const attention = drawn.layout.attention.filter((bar) => bar.view === view);
  const focus = live ? { tabindex: 0, role: "img", "aria-label": wayText(lane, drawn.plan) } : {};
  return element(
    "g",
    { class: `lane of-${view}`, "data-view": view, ...focus },
    ...attention.map((bar) => attentionBar(bar, drawn)),
    ...ways.map(({ tint, points }) => element("path", { d: pathOf(points), class: `way tint-${tint}` })),
    ...experts.map((box) => expertDrawing(box)),
    ...(fused === null ? [] : [fusedDrawing(fused)]),
    ...embeddings.map((box) => embeddingDrawing(box, drawn)),
    ...laneName(lane),
  );
}

/** `the path of pair, 237 tokens; layers 1..10: text to language, image to vision; …`. */
function wayText({ view, tokens }: Lane, plan: ModelPlan): string {
  const routes = plan.views.find((each) => each.view === view)?.routes ?? [];
  const said = routes.map(({ layers: [from, to], text, image }) => {
    const place = layersText(Array.from({ length: to - from + 1 }, (_, i) => from + i));
    if (text === image || view !== "pair") return `${place}: ${text ?? image ?? "nothing"}`;
    return `${place}: text to ${text ?? "nothing"}, image to ${image ?? "nothing"}`;
  });
  return `the path of ${view}, ${counted(tokens, "token")}; ${said.join("; ")}`;
}

function expertDrawing({ layer, expert, tokens, tint, named, ...box }: ExpertBox): Html {
  const of = tokens === "all" ? "" : `, ${tokens} tokens`;
  const size = Math.min(10, box.height * 0.62, Math.max(7, (box.width - 6) / (expert.length * 0.6)));
  const name = label(
    expert,
    { x: box.x + box.width / 2, y: box.y + box.height / 2 + size * 0.35, class: "ink", "text-anchor": "middle" },
    { width: box.width, size },
  );
  return element(
    "g",
    { class: `expert tint-${tint}`, "data-layer": layer, "data-expert": expert, "data-tokens": tokens },
    titled("rect", { ...box, class: "fill", rx: 3 }, `layer ${layer}: ${expert}${of}`),
    ...(named && size >= 5 ? [name] : []),
  );
}

function fusedDrawing(box: Box): Html {
  return element(
    "g",
    { class: "tint-pair", "data-fused": "" },
    titled(
      "rect",
      { ...box, class: "solid", rx: 2 },
      "second branch of the contrastive loss: through the pair experts",
    ),
  );
}

function embeddingDrawing({ side, tokens, ...box }: Lane["embeddings"][number], { model, marks }: Drawn): Html {
  const patches = model.image === null ? 0 : model.image.size / model.image.patch;
  const [text, title] = {
    image: [
      `${patches} × ${patches} patches`,
      `image of ${model.image?.size ?? 0} pixels in patches of ${model.image?.patch ?? 0}: ${tokens} tokens with the class token`,
    ],
    text: [`${tokens} tokens`, `${tokens} tokens of a vocabulary of ${amount(model.text?.tokenizer.vocabulary ?? 0)}`],
  }[side];
  const short = box.width < 80 ? `${tokens}` : (text ?? "");
  return element(
    "g",
    { class: `tint-${tintOfView[side]}`, "data-embedding": side },
    titled("rect", { ...box, class: marks.embeddings.has(side) ? "outline differs" : "outline", rx: 8 }, title ?? ""),
    label(
      short,
      { x: box.x + box.width / 2, y: box.y + 17, class: "ink", "text-anchor": "middle" },
      { width: box.width - 4, size: 10 },
    ),
  );
}

function laneName({ view, x, width, embeddings, tokens, flops }: Lane): Html[] {
  const y = (embeddings[0]?.y ?? 0) + (embeddings[0]?.height ?? 0);
  const middle = { x: x + width / 2, "text-anchor": "middle" };
  return [
    label(view, { ...middle, y: y + 16, class: `name tint-${tintOfView[view]}` }, { width, size: 12 }),
    label(counted(tokens, "token"), { ...middle, y: y + 29, class: "muted" }, { width, size: 10 }),
    label(flopsText(flops), { ...middle, y: y + 41, class: "muted" }, { width, size: 10 }),
  ];
}

function takenLine({ points, layer }: Taken, views: readonly string[]): Html {
  const [[x, y] = [0, 0]] = points;
  const title = layer === null ? "the output of the top layer" : `the output of layer ${layer}`;
  return element(
    "g",
    { class: `taken ${views.join(" ")}` },
    element("path", { d: pathOf(points) }),
    element("circle", { cx: x, cy: y, r: 2 }, element("title", {}, html`${title}`)),
  );
}

function headDrawing({ head, views, taken, ...box }: HeadBox, isMarked: boolean, live: boolean): Html {
  const reads = featuresText(head);
  const focus = live ? { tabindex: 0, role: "img", "aria-label": `head ${head.name}: ${head.kind} of ${reads}` } : {};
  const kind = `${taken.length === 0 ? "panel dashed" : "panel"}${isMarked ? " differs" : ""}`;
  const line = (text: string, at: number, of: { readonly class: string; readonly size: number }): Html =>
    label(text, { x: box.x + 8, y: box.y + at, class: of.class }, { width: box.width - 12, size: of.size });
  return element(
    "g",
    { class: `head ${views.map((view) => `of-${view}`).join(" ")}`, "data-head": head.name, ...focus },
    titled("rect", { ...box, class: kind, rx: 6 }, `${head.name}: ${head.kind}(${reads})`),
    line(head.name, 14, { class: "name", size: 11 }),
    line(head.kind, 26, { class: "ink", size: 10 }),
    line(reads, 37.5, { class: "muted", size: 9.5 }),
  );
}
