// The tensors of a file as table rows, with those that differ only in their layer in one row; and the layout as a line.
import type { Shape } from "../../compiler/index.js";
import { excerpt } from "../printable.js";
import type { ElementName } from "../formats/elements.js";
import type { TensorEntry, TensorsFound, Values } from "./contents.js";
import { withoutNumbers } from "./grouped.js";
import { sizesText } from "./layouts/sizes.js";

/** One tensor, or `count` tensors that differ only in the number of their layer: `blocks.0..11.norm1.weight`. */
export interface TensorRow {
  readonly name: string;
  readonly element: ElementName;
  readonly shape: Shape;
  /** Of each. */
  readonly bytes: number;
  readonly count: number;
  /** Over all of them. */
  readonly values?: Values;
  /** Why values cannot be computed. */
  readonly misfit?: string;
}

/** In the order of each row's first tensor. */
export function rowsOf(tensors: readonly TensorEntry[]): TensorRow[] {
  const groups = new Map<string, TensorEntry[]>();
  for (const tensor of tensors) {
    const key = [withoutNumbers(tensor.name), tensor.element, tensor.shape.join(), tensor.misfit].join("\n");
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(tensor);
  }
  return [...groups.values()].flatMap((group) => rowOf(group) ?? []);
}

function rowOf(group: readonly TensorEntry[]): TensorRow | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const { element, shape, bytes, misfit } = first;
  const all = group.flatMap(({ values }) => values ?? []);
  return {
    ...{ name: nameOf(group.map(({ name }) => name)), element, shape, bytes, count: group.length },
    ...(all.length > 0 && { values: together(all) }),
    ...(misfit !== undefined && { misfit }),
  };
}

/** One name for several: each number in which they differ becomes the range of all. */
function nameOf(names: readonly string[]): string {
  const [first, ...others] = names.map((name) => name.split("."));
  if (first === undefined || others.length === 0) return names.join("");
  return first
    .map((step, i) => {
      const steps = new Set([step, ...others.map((name) => name[i] ?? "")]);
      return steps.size === 1 ? step : rangesText([...steps].map(Number));
    })
    .join(".");
}

/** The most ranges that are listed. */
const rangeLimit = 4;

/** `0..3,6`, or `*` if there are many. */
function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else ranges.push([number, number]);
  }
  if (ranges.length > rangeLimit) return "*";
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}..${to}`)).join(",");
}

/** Tensors of one shape, so that their means have equal weights. */
function together(all: readonly Values[]): Values {
  const fold = (of: (values: Values) => number | null, both: (a: number, b: number) => number): number | null =>
    all.map(of).reduce((a, b) => (a === null || b === null ? (a ?? b) : both(a, b)), null);
  const means = all.filter(({ mean }) => mean !== null).length;
  const sum = fold(
    ({ mean }) => mean,
    (a, b) => a + b,
  );
  return {
    min: fold(({ min }) => min, Math.min),
    max: fold(({ max }) => max, Math.max),
    mean: sum === null ? null : sum / means,
    nan: all.reduce((sum, { nan }) => sum + nan, 0),
    infinite: all.reduce((sum, { infinite }) => sum + infinite, 0),
  };
}

/** The probable layout, and the sizes that follow from the shapes. */
export function layoutText({ guess, tensors }: TensorsFound): string[] {
  if (guess === null) return tensors.length === 0 ? [] : ["its key names match no known layout"];
  const { layout, whose, prefix, known, behind, sizes, others } = guess;
  const share = known === behind ? "its names are" : `${known} of ${behind} names are`;
  return [
    `layout ${layout}: ${share} ${whose}${prefix === "" ? "" : `, under ${excerpt(prefix)}`}`,
    ...(sizesText(sizes) === "" ? [] : [sizesText(sizes)]),
    ...others.map((other) => `the same names also under ${excerpt(other)} (--nest ${excerpt(other.slice(0, -1))})`),
  ];
}
