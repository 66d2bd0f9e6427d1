// Text lengths in tokens, compared with the text length of the models that read them: longer texts are truncated, and several
// long texts may become equal.
import type { DataSpec } from "../../../compiler/index.js";
import { spread, type BatchNeeds, type DataSet } from "../index.js";
import { tokenizerKey, type DataShelf } from "../stage-data.js";
import { tried, type Read } from "./reads.js";

/** Text lengths of a block for some readers. */
export interface TextReport {
  readonly data: string;
  /** The stages and evaluations with this text length. */
  readonly readers: readonly string[];
  /** The text length in tokens, including [CLS] and [SEP]. */
  readonly length: number;
  /** Numbers of texts: all, examined, and truncated among the examined. */
  readonly texts: number;
  readonly read: number;
  readonly cut: number;
  readonly longest: { readonly tokens: number; readonly item: string };
  /** A histogram: how many examined texts have `from` … `to` tokens, in at most ten bars of equal width. */
  readonly lengths: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

/** The most texts of a block that are examined: a second or two. */
const TEXTS = 20_000;

/** [CLS] and [SEP]. */
const FRAME = 2;

/** Measures the texts of all blocks that are read. */
export async function inspectTexts(reads: readonly Read[], shelf: DataShelf): Promise<TextReport[]> {
  const uses = new Map<string, Use>();
  for (const { data, reader, needs, model } of reads) {
    const { text } = needs;
    if (text === undefined) continue;
    const key = JSON.stringify([data.name, text.length, tokenizerKey(model)]);
    const { readers } = uses.get(key) ?? { readers: [] };
    uses.set(key, { data, text, readers: [...readers, reader] });
  }
  const reports = await Promise.all([...uses.values()].map((use) => measured(use, shelf)));
  return reports.flatMap((report) => report ?? []);
}

interface Use {
  readonly data: DataSpec;
  readonly text: NonNullable<BatchNeeds["text"]>;
  readonly readers: readonly string[];
}

async function measured({ data, text: room, readers }: Use, shelf: DataShelf): Promise<TextReport | null> {
  const dataSet = await tried(shelf.block(data));
  if (dataSet === null || !dataSet.supplies.has("text")) return null;
  const looked = spread(indicesOf(dataSet), TEXTS);
  const counts: number[] = [];
  let longest = { tokens: 0, item: "" };
  for (const index of looked) {
    const { text = "", name: item } = dataSet.item(index);
    const tokens = room.tokenizer.tokens(text).length + FRAME;
    counts.push(tokens);
    if (tokens > longest.tokens) longest = { tokens, item };
  }
  const { length } = room;
  const cut = counts.filter((tokens) => tokens > length).length;
  const lengths = histogram(counts);
  return { data: data.name, readers, length, texts: dataSet.length, read: looked.length, cut, longest, lengths };
}

/** Bars of a histogram. */
const BARS = 10;

function histogram(counts: readonly number[]): TextReport["lengths"] {
  if (counts.length === 0) return [];
  const [least, most] = counts.reduce(([a, b], count) => [Math.min(a, count), Math.max(b, count)], [Infinity, 0]);
  const width = Math.ceil((most - least + 1) / BARS);
  const bars = Array.from({ length: Math.ceil((most - least + 1) / width) }, () => 0);
  for (const count of counts) {
    const bar = Math.floor((count - least) / width);
    bars[bar] = (bars[bar] ?? 0) + 1;
  }
  return bars.map((count, i) => ({ from: least + i * width, to: Math.min(most, least + (i + 1) * width - 1), count }));
}

function indicesOf({ length }: DataSet): number[] {
  return Array.from({ length }, (_, index) => index);
}
