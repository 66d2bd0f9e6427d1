// `on top 2`, `on all - layers [1, 3]`: from a placement to a list of layers.
import { counted, spanText, type Expression, type LayerSet, type Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { readField } from "../../schema/fields.js";
import { count } from "../../schema/numbers.js";
import type { Reading } from "../../schema/quantity.js";
import { rolePath, type ParameterSpec, roleLayer } from "../../spec/parameter.js";

/** Layers 1…`layers` that a placement covers, ascending; null if it is wrong and was reported. */
export function layersAt(
  place: LayerSet,
  at: { readonly layers: number; readonly node: ValueNode; readonly reading: Reading },
): number[] | null {
  const all = (): number[] => Array.from({ length: at.layers }, (_, i) => i + 1);
  switch (place.kind) {
    case "all_layers":
      return all();
    case "no_layers":
      return [];
    case "top_layers":
    case "bottom_layers": {
      const size = readLayer(place.count, at, 0);
      if (size === null) return null;
      return place.kind === "top_layers" ? all().slice(at.layers - size) : all().slice(0, size);
    }
    case "listed_layers":
      return layersListed(place.layers, at);
    case "combined_layers": {
      const [left, right] = [layersAt(place.left, at), layersAt(place.right, at)];
      if (left === null || right === null) return null;
      const adds = place.operator === "+";
      const result = adds
        ? all().filter((n) => left.includes(n) || right.includes(n))
        : left.filter((n) => !right.includes(n));
      // `top n` with a param that is 0 is intended.
      if (result.length === left.length && right.length > 0) reportIdle(place.right.span, adds, at.reading);
      return result;
    }
  }
}

/** The layers of `3`, `1..4` or `[1, 3, 5]`, each within 1…n; used for selectors too. */
export function layersListed(
  expression: Expression,
  at: { readonly layers: number; readonly node: ValueNode; readonly reading: Reading },
): number[] | null {
  if (expression.kind === "list") {
    const parts = expression.elements.map((element) => layersListed(element, at));
    const found = parts.filter((part) => part !== null).flat();
    return parts.includes(null) ? null : [...new Set(found)].sort((a, b) => a - b);
  }
  if (expression.kind !== "range") {
    const layer = readLayer(expression, at, 1);
    return layer === null ? null : [layer];
  }
  const [low, high] = [readLayer(expression.low, at, 1), readLayer(expression.high, at, 1)];
  if (low === null || high === null) return null;
  if (low <= high) return Array.from({ length: high - low + 1 }, (_, i) => low + i);
  at.reading.report(diagnose("V310", expression.span, { low, high }, { help: `write \`${high}..${low}\`` }));
  return null;
}

const number = count({ least: 0 });

function readLayer(
  expression: Expression,
  at: { layers: number; node: ValueNode; reading: Reading },
  least: number,
): number | null {
  const result = readField(number, { node: { ...at.node, expression }, label: "on", reading: at.reading });
  if (!result.success) return null;
  const layer = result.data;
  if (layer >= least && layer <= at.layers) return layer;
  reportOutside(expression.span, layer, at);
  return null;
}

function reportOutside(span: Span, layer: number, at: { layers: number; reading: Reading }): void {
  const help = `the model has ${counted(at.layers, "layer")}`;
  at.reading.report(diagnose("V306", span, { layer, layers: at.layers }, { help }));
}

function reportIdle(span: Span, adds: boolean, reading: Reading): void {
  const holes = { place: spanText(span), does: adds ? "adds no layer" : "takes no layer away" };
  reading.report(diagnose("V312", span, holes, { help: "leave it out, or name other layers" }));
}

/** `layer 3`, `layers 3..4`, `layers 1, 3..4`. */
export function layersText(layers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const layer of layers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === layer - 1) last[1] = layer;
    else runs.push([layer, layer]);
  }
  const text = runs.map(([low, high]) => (low === high ? `${low}` : `${low}..${high}`)).join(", ");
  return `${layers.length === 1 ? "layer" : "layers"} ${text}`;
}

/** `attention, norm1 in layers 5..6`: parts of the tree, not single tensors. */
export function rolesText(parameters: readonly ParameterSpec[]): string {
  const byLayers = new Map<string, Set<string>>();
  for (const path of new Set(parameters.map(({ role }) => rolePath(role)))) {
    const layers = parameters.filter(({ role }) => rolePath(role) === path).map(({ role }) => roleLayer(role));
    const numbers = [...new Set(layers.filter((layer) => layer !== null))];
    const place = numbers.length === 0 ? "" : ` in ${layersText(numbers)}`;
    const paths = byLayers.get(place) ?? new Set();
    byLayers.set(place, paths.add(`\`${path}\``));
  }
  return [...byLayers].map(([place, paths]) => `${[...paths].join(", ")}${place}`).join("; ");
}
