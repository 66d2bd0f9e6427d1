// Loss curves during training, as SVG in the colours of the page.
import { seriesVariable } from "../../view/index.js";

const size = { height: 200, left: 44, bottom: 22, top: 10, right: 8 };
const svg = "http://www.w3.org/2000/svg";

/** A point: a step and a loss. */
export type Point = readonly [step: number, loss: number];

/** Draws curves by name, over this many steps. */
export function drawCurves(into: SVGSVGElement, curves: ReadonlyMap<string, readonly Point[]>, steps: number): void {
  const width = Math.max(260, into.clientWidth);
  const all = [...curves.values()].flat();
  const losses = all.map(([, loss]) => loss);
  const [least, most] = rangeOf(losses);
  const x = (step: number): number =>
    size.left + ((step - 1) / Math.max(1, steps - 1)) * (width - size.left - size.right);
  const y = (loss: number): number =>
    size.top + ((most - loss) / (most - least)) * (size.height - size.top - size.bottom);
  const lines = ticks(least, most).flatMap((value) => [
    element("line", { x1: size.left, x2: width - size.right, y1: y(value), y2: y(value), class: "grid" }),
    text({ x: size.left - 6, y: y(value) + 4, "text-anchor": "end" }, String(Number(value.toPrecision(3)))),
  ]);
  const names = [1, steps].map((step) =>
    text({ x: x(step), y: size.height - 4, "text-anchor": step === 1 ? "start" : "end" }, `step ${step}`),
  );
  const drawn = [...curves.values()].map((points, i) =>
    element("polyline", {
      points: points.map(([step, loss]) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(" "),
      style: `stroke: ${seriesVariable(i)}`,
      class: i === 0 ? "curve total" : "curve",
    }),
  );
  into.setAttribute("viewBox", `0 0 ${width} ${size.height}`);
  into.replaceChildren(...lines, ...names, ...drawn);
}

/** The range of the losses with a small margin. */
function rangeOf(losses: readonly number[]): [least: number, most: number] {
  const [least, most] = [Math.min(...losses), Math.max(...losses)];
  const room = Math.max((most - least) * 0.08, Math.abs(most) * 0.01, 1e-6);
  return [least - room, most + room];
}

/** About four round numbers within a range. */
function ticks(least: number, most: number): number[] {
  const rough = (most - least) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.floor(most / step) - first + 1 }, (_, i) => (first + i) * step);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function text(attributes: Readonly<Record<string, string | number>>, words: string): SVGElement {
  const made = element("text", attributes);
  made.textContent = words;
  return made;
}
