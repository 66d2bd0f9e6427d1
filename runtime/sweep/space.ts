// The settings that a sweep tries: a grid or random draws, and seeds. Values are plain texts, interpreted by the checker as in
// any `--set`.
import { stream, type RandomStream } from "../random.js";

/** A setting as named in `--set`, with the values to try. */
export interface Axis {
  readonly name: string;
  readonly values: Values;
}

/** A list of values, or a range to draw from. */
export type Values =
  | { readonly kind: "list"; readonly values: readonly string[] }
  | { readonly kind: "range"; readonly scale: "log" | "uniform"; readonly low: number; readonly high: number };

/** A setting with one value. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** `lr=1e-4,3e-4`, or `lr=log(1e-5..1e-3)`; null where it is not a setting. */
export function axisIn(option: string): Axis | null {
  const [, name, text] = /^\s*([A-Za-z_][\w.]*)\s*=(.*)$/s.exec(option) ?? [];
  if (name === undefined || text === undefined) return null;
  const [, scale, low, high] = /^\s*(log|uniform)\(\s*(\S+?)\s*\.\.\s*(\S+?)\s*\)\s*$/.exec(text) ?? [];
  if (scale === undefined) return { name, values: { kind: "list", values: parts(text) } };
  const range = { low: Number(low), high: Number(high) };
  const isRange = range.low < range.high && (scale === "uniform" || range.low > 0);
  if (!isRange) return null;
  return { name, values: { kind: "range", scale: scale === "log" ? "log" : "uniform", ...range } };
}

/** Splits at commas outside brackets and quotes. */
function parts(text: string): string[] {
  const found: string[] = [];
  let [depth, isQuoted, begin] = [0, false, 0];
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i);
    if (letter === '"' && text.charAt(i - 1) !== "\\") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if ("([{".includes(letter)) depth++;
    if (")]}".includes(letter)) depth--;
    if (letter !== "," || depth > 0) continue;
    found.push(text.slice(begin, i).trim());
    begin = i + 1;
  }
  return [...found, text.slice(begin).trim()].filter((part) => part !== "");
}

/** The Cartesian product of all values, the last setting changing fastest. Ranges have no such product. */
export function gridOf(axes: readonly Axis[]): Setting[][] {
  return axes.reduce<Setting[][]>(
    (rows, { name, values }) => {
      if (values.kind === "range") throw new Error(`internal: a grid over the range of ${name}`);
      return rows.flatMap((row) => values.values.map((value) => [...row, { name, value }]));
    },
    [[]],
  );
}

/** `count` draws without duplicates as far as possible; the same for the same seed, and a larger count only appends. */
export function drawnFrom(axes: readonly Axis[], count: number, seed: number): Setting[][] {
  const random = stream(seed, "sweep");
  const found = new Map<string, Setting[]>();
  // Lists may have fewer combinations than requested.
  for (let tries = 0; found.size < count && tries < 100 * count; tries++) {
    const row = axes.map(({ name, values }) => ({ name, value: draw(values, random) }));
    const key = JSON.stringify(row);
    if (!found.has(key)) found.set(key, row);
  }
  return [...found.values()];
}

function draw(values: Values, random: RandomStream): string {
  if (values.kind === "list") return random.pick(values.values);
  const { scale, low, high } = values;
  const share = random.uniform();
  const value = scale === "log" ? low * (high / low) ** share : low + (high - low) * share;
  return String(Number(value.toPrecision(3)));
}
