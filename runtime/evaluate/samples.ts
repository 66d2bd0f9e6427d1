// A few examples of a head's answers for the report: taken at even distances from the data, never selected. Pictures are still
// sources here; evaluate/pictures.ts writes them.
import { ignored, inputs, ruleOf, type HeadSpec } from "../../compiler/index.js";
import {
  colourOf,
  NO_CLASS,
  type ImageSource,
  type Item,
  type PixelSource,
  type Raster,
  type Tokenizer,
} from "../data/index.js";
import type { Tensor } from "../tensor.js";
import { maximum } from "../maximum.js";
import { indicesOf, outputsOf, pixelsOf, retrievalIn, rowsOf, type Gathered } from "./gathered.js";
import { block, blocksOf, dot, type Side } from "./retrieval.js";

/** A ranked candidate. */
export interface Ranked<Picture> {
  readonly text?: string | undefined;
  readonly picture?: Picture | undefined;
  /** From 1, the best. */
  readonly rank: number;
  readonly right: boolean;
}

/** A token of a sentence; `truth` where the model had to predict it. */
export interface Word {
  /** The token itself, or the model's prediction. */
  readonly text: string;
  readonly truth?: string | undefined;
  /** Whether it continues the previous word. */
  readonly joined?: boolean | undefined;
}

interface Query<Picture> {
  readonly pictures: readonly Picture[];
  readonly text?: string | undefined;
}

/** One example of an evaluation. */
export type SampleOf<Picture> =
  /** The best few candidates, and the right one if it is not among them. */
  | (Query<Picture> & { readonly form: "ranked"; readonly ranked: readonly Ranked<Picture>[] })
  | (Query<Picture> & { readonly form: "words"; readonly words: readonly Word[] })
  /** `sure`: the probability of the predicted answer. */
  | (Query<Picture> & {
      readonly form: "answer";
      readonly said: string;
      readonly truth: string;
      readonly sure: number;
    })
  /** An image reconstructed from its codes. */
  | (Query<Picture> & { readonly form: "reconstructed"; readonly made: Picture })
  /** `text` is absent; the generated caption and the reference captions. */
  | (Query<Picture> & { readonly form: "caption"; readonly said: string; readonly references: readonly string[] })
  /** The image overlaid with the predicted and the true classes of its pixels; and the legend of the colours. */
  | (Query<Picture> & {
      readonly form: "regions";
      readonly said: Picture;
      readonly truth: Picture;
      readonly legend: readonly { readonly name: string; readonly colour: string }[];
    });

/** An image overlaid with the classes of its pixels. */
export interface Overlay {
  readonly kind: "overlay";
  /** Its key among pictures. */
  readonly key: string;
  readonly image: ImageSource;
  readonly classes: Raster<Uint16Array>;
}

/** An example with its image sources. */
export type Sample = SampleOf<ImageSource | PixelSource | Overlay>;

/** The evaluation results that examples are made from. */
export interface Evaluated {
  readonly head: HeadSpec;
  readonly gathered: Gathered;
  readonly tokenizer: Tokenizer | null;
}

type Maker = (evaluated: Evaluated) => Sample[];

const makers = {
  ranked: (evaluated) => [...ranked(evaluated, "image"), ...ranked(evaluated, "text")],
  words: filledIn,
  answer: answered,
  reconstructed: madeAgain,
  caption: written,
  regions: coloured,
} satisfies Record<Sample["form"], Maker>;

/** The examples of a head; none for kinds of heads without any. */
export function samplesOf(evaluated: Evaluated): Sample[] {
  const { shows } = ruleOf(evaluated.head);
  return shows === null ? [] : makers[shows](evaluated);
}

/** Candidates shown per query. */
const best = 3;

/** Images with their best-ranked texts, or the reverse. */
function ranked({ gathered }: Evaluated, asked: "image" | "text"): Sample[] {
  const other = asked === "image" ? "text" : "image";
  const { sides } = retrievalIn(gathered);
  const { [asked]: queries, [other]: candidates } = sides;
  const shownAs = (item: number | undefined, which: "image" | "text") => {
    const { text, images } = gathered.dataSet.item(item ?? 0);
    return which === "text" ? { text } : { picture: images[0] };
  };
  return spread(queries.count, 3).map((query) => {
    const right = queries.matches[query] ?? new Set();
    const ranks = orderOf(query, queries, candidates).map((row, at) => ({ row, rank: at + 1 }));
    const firstRight = ranks.find(({ row }) => right.has(row))?.rank;
    const { text, picture } = { text: undefined, picture: undefined, ...shownAs(queries.items[query], asked) };
    return {
      form: "ranked",
      pictures: picture === undefined ? [] : [picture],
      text,
      ranked: ranks
        .filter(({ rank }) => rank <= best || rank === firstRight)
        .map(({ row, rank }) => ({ ...shownAs(candidates.items[row], other), rank, right: right.has(row) })),
    };
  });
}

/** Candidates by their score, best first; ties in reverse order, so that they never flatter the model. */
function orderOf(query: number, queries: Side, candidates: Side): number[] {
  const own = queries.read(query, 1);
  const scores = new Float64Array(candidates.count);
  for (const { from, count } of blocksOf(candidates.count, block.texts)) {
    const rows = candidates.read(from, count);
    for (let row = 0; row < count; row++) scores[from + row] = dot(own, rows, row * own.length);
  }
  return [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || b - a);
}

function filledIn({ head, gathered, tokenizer }: Evaluated): Sample[] {
  if (tokenizer === null) return [];
  const items = itemsOf(gathered);
  const predicted = outputsOf(gathered, `${head.name}.predicted`);
  const rows = gathered.batches.flatMap(({ tensors }, batch) => {
    const said = [...(predicted[batch]?.data ?? [])];
    return textRows(tensors).map((row) => ({ ...row, said: said.splice(0, row.masked) }));
  });
  return spread(rows.length, 4).flatMap((i) => {
    const [row, item] = [rows[i], items[i]];
    if (row === undefined || item === undefined) return [];
    const words = wordsOf(row, tokenizer);
    return [{ form: "words", pictures: item.images, words }];
  });
}

interface TextRow {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
  readonly masked: number;
}

function textRows(tensors: ReadonlyMap<string, Tensor>): TextRow[] {
  const [ids, labels] = [tensors.get(inputs.tokens), tensors.get(inputs.tokenLabels)];
  const [rows = 0, length = 0] = ids?.shape ?? [];
  const cut = (tensor: Tensor | undefined, row: number) => [
    ...(tensor?.data.slice(row * length, (row + 1) * length) ?? []),
  ];
  return Array.from({ length: rows }, (_, row) => {
    const own = cut(labels, row);
    return { ids: cut(ids, row), labels: own, masked: own.filter((label) => label !== ignored).length };
  });
}

/** The sentence between [CLS] and [SEP], with the predictions at masked tokens. */
function wordsOf({ ids, labels, said }: TextRow & { readonly said: readonly number[] }, tokenizer: Tokenizer): Word[] {
  const { vocabulary, special } = tokenizer;
  const token = (id: number | undefined): string => vocabulary[id ?? special.unknown] ?? "";
  const left = [...said];
  const end = ids.indexOf(special.sep);
  return ids.slice(1, end < 0 ? ids.length : end).map((id, i) => {
    const guessed = labels[i + 1] !== ignored;
    const text = token(guessed ? left.shift() : id);
    return {
      text: text.replace(/^##/, ""),
      ...(guessed && { truth: token(id).replace(/^##/, "") }),
      ...(token(id).startsWith("##") && { joined: true }),
    };
  });
}

function answered({ head, gathered }: Evaluated): Sample[] {
  const { dataSet } = gathered;
  const items = itemsOf(gathered);
  const logits = rowsOf(outputsOf(gathered, `${head.name}.logits`));
  const names = dataSet.classes ?? dataSet.answers ?? [];
  const nameOf = (index: number | undefined): string => names[index ?? -1] ?? String(index);
  return spread(logits.length, 6).flatMap((i) => {
    const [row, item] = [logits[i], items[i]];
    if (row === undefined || item === undefined) return [];
    const top = maximum(row);
    const said = row.indexOf(top);
    const sure = 1 / row.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
    const truth = item.label ?? [...(item.answers ?? [])].sort((a, b) => b.score - a.score)[0]?.index;
    return [{ form: "answer", pictures: item.images, text: item.text, said: nameOf(said), truth: nameOf(truth), sure }];
  });
}

/** Images shown with their reconstruction. */
const shownImages = 6;

/** The items whose reconstructed picture is kept; all of them would fill the memory. */
export function picturedItems(length: number): number[] {
  return spread(length, shownImages);
}

function madeAgain({ head, gathered }: Evaluated): Sample[] {
  const items = itemsOf(gathered);
  const made = (gathered.outputs.get(`${head.name}.reconstruction`) ?? []).flatMap(imagesIn);
  return picturedItems(items.length).flatMap((i, k) => {
    const [item, picture] = [items[i], made[k]];
    if (item === undefined || picture === undefined) return [];
    return [{ form: "reconstructed", pictures: item.images, made: { ...picture, key: `${head.name} ${i}` } }];
  });
}

/** Images in −1 … 1, channels first, as bytes. */
function imagesIn({ shape, data }: Tensor): Omit<PixelSource, "key">[] {
  const [count = 0, channels = 0, height = 0, width = 0] = shape;
  const plane = height * width;
  return Array.from({ length: count }, (_, image) => {
    const valueAt = (channel: number, pixel: number) => data[(image * channels + channel) * plane + pixel] ?? 0;
    const bytes = Uint8ClampedArray.from({ length: plane * channels }, (_, i) => {
      return (valueAt(i % channels, Math.floor(i / channels)) + 1) * 127.5;
    });
    return { kind: "pixels", width, height, channels, bytes };
  });
}

function written({ gathered: { dataSet, captions } }: Evaluated): Sample[] {
  return spread(captions.length, 6).flatMap((i) => {
    const caption = captions[i];
    if (caption === undefined) return [];
    const { item, said, references } = caption;
    return [{ form: "caption", pictures: dataSet.item(item).images, said, references }];
  });
}

function coloured({ gathered }: Evaluated): Sample[] {
  const { dataSet } = gathered;
  return [...pixelsOf(gathered).maps].flatMap(([index, { said, truth }]) => {
    const { images, name } = dataSet.item(index);
    const [image] = images;
    if (image === undefined) return [];
    const over = (what: string, classes: Raster<Uint16Array>): Overlay => ({
      ...{ kind: "overlay", key: `${what} ${index}`, image, classes },
    });
    const met = [...new Set([...truth.data, ...said.data])].filter((label) => label !== NO_CLASS).sort((a, b) => a - b);
    const legend = met.map((label) => ({ name: dataSet.classes?.[label] ?? String(label), colour: colourOf(label) }));
    const [told, right] = [over("said", said), over("truth", truth)];
    return [{ form: "regions", pictures: [image], text: name, said: told, truth: right, legend }];
  });
}

function itemsOf(gathered: Gathered): Item[] {
  return indicesOf(gathered).map((index) => gathered.dataSet.item(index));
}

/** At most `count` indices below `length`, at even distances. */
export function spread(length: number, count: number): number[] {
  const shown = Math.min(count, length);
  return Array.from({ length: shown }, (_, i) => Math.floor(((i + 0.5) * length) / shown));
}
