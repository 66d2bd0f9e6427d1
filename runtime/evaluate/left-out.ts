// Items of an evaluation's data that `on_error: skip` leaves out, when the data are opened or when a batch needs them: metrics
// are computed over the others.
import type { DataSet, Item } from "../data/index.js";

/** An item that could not be read. */
export interface Broken {
  readonly item: Item;
  readonly reason: string;
}

/** The items left out. */
export interface LeftOut {
  readonly count: number;
  /** The first few, with the reasons. */
  readonly such: readonly { readonly item: string; readonly reason: string }[];
}

const SHOWN = 3;

/** The items missing from a data set: records that could not be used, and items that could not be read. */
export function leftOutOf(dataSet: DataSet, broken: readonly Broken[]): LeftOut {
  const records = (dataSet.skipped ?? []).map(({ file = dataSet.name, line, code, message }) => ({
    item: line === undefined ? file : `${file}:${line}`,
    reason: `${code}: ${message}`,
  }));
  const such = [...records, ...broken.map(({ item: { name }, reason }) => ({ item: name, reason }))];
  const named = new Map(such.map((each) => [each.item, each]));
  return { count: records.length + brokenIn(dataSet, broken), such: [...named.values()].slice(0, SHOWN) };
}

/** An image shared by several texts is read once, for the first of them: the other texts are lost with it. */
function brokenIn({ length, item }: DataSet, broken: readonly Broken[]): number {
  if (broken.length === 0) return 0;
  const names = new Set(broken.map(({ item: { name } }) => name));
  const images = new Set(
    broken.flatMap(({ item: { images: own, text } }) => (text === undefined ? [] : own.map(({ key }) => key))),
  );
  const isBroken = ({ name, images: own, text }: Item): boolean =>
    names.has(name) || (text !== undefined && own.some(({ key }) => images.has(key)));
  let count = 0;
  for (let i = 0; i < length; i++) if (isBroken(item(i))) count += 1;
  return count;
}
