// SVG elements with their attributes: numbers rounded to a tenth, texts escaped.
import { html, join, raw, type Html } from "../html.js";

/** Attributes by name; undefined ones are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An SVG element. Names of elements and attributes must be constants; values may be untrusted. */
export function element(name: string, attributes: Attributes, ...children: readonly Html[]): Html {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [html`${raw(` ${key}="`)}${numberText(value)}"`],
  );
  return join([raw(`<${name}`), ...written, raw(">"), ...children, raw(`</${name}>`)]);
}

/**
 * A text at a position; if it does not fit into `width` it is shrunk a little or truncated with `…`, with the full text as a
 * tooltip.
 */
export function label(
  text: string,
  attributes: Attributes,
  fit: { readonly width: number; readonly size: number },
): Html {
  const size = Math.min(fit.size, Math.max(smallest * fit.size, fit.width / (text.length * letter)));
  const shown = fitted(text, { ...fit, size });
  const whole = shown === text ? [] : [element("title", {}, html`${text}`)];
  return element("text", { ...attributes, "font-size": size }, html`${shown}`, ...whole);
}

/** Mean width of a letter in common sans-serif fonts, relative to the font size. */
const letter = 0.6;
/** The smallest scale of a text. */
const smallest = 0.8;

function fitted(text: string, { width, size }: { readonly width: number; readonly size: number }): string {
  const most = Math.max(1, Math.floor(width / (size * letter) + 1e-6));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A path of straight lines through points. */
export function pathOf(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${numberText(x)} ${numberText(y)}`).join("");
}

function numberText(value: string | number): string {
  return typeof value === "string" ? value : String(Number(value.toFixed(1)));
}
