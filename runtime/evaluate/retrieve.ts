// Retrieval on an engine: each distinct image and text is encoded once, scores are products of blocks of vectors, and a
// matching head re-ranks the first candidates if a metric requests it.
import {
  buildJudgement,
  buildVector,
  scoresGraph,
  type HeadSpec,
  type MetricSpec,
  type Modality,
} from "../../compiler/index.js";
import { firstsOf, pairingOf, someOf, type DataSet, type Pairing } from "../data/index.js";
import type { Engine, Executable } from "../engines/index.js";
import { createAll, holding, readAll } from "../program/results.js";
import { float32 } from "../tensor.js";
import type { EvaluateOptions } from "./options.js";
import { roomInMemory, type MakeRoom, type Room } from "./room.js";
import { needsOfHead, passOver, type Pass } from "./pass.js";
import {
  block,
  ranksOf,
  reranked,
  sidesOf,
  type Judge,
  type Ranks,
  type Rows,
  type Scorer,
  type Side,
  type Sides,
  type Vectors,
} from "./retrieval.js";

/** The results of a contrastive head for metrics and examples. */
export interface Retrieval {
  readonly sides: Sides;
  /** The ranks by recall metric. */
  readonly ranks: ReadonlyMap<MetricSpec, Ranks>;
  /** Releases the vectors. */
  readonly close: () => void;
}

/** Ranks of the images and texts of a data set by a contrastive head, for its recall metrics. The caller closes it. */
export async function retrievalOf(
  options: EvaluateOptions,
  head: HeadSpec,
  metrics: readonly MetricSpec[],
): Promise<Retrieval> {
  const rooms: Room[] = [];
  const close = (): void => rooms.splice(0).forEach((room) => room.close());
  const makeRoom: MakeRoom = (...size) => {
    const room = (options.makeRoom ?? roomInMemory)(...size);
    rooms.push(room);
    return room;
  };
  try {
    return { ...(await ranked({ ...options, makeRoom }, head, metrics)), close };
  } catch (error) {
    close();
    throw error;
  }
}

type Roomy = EvaluateOptions & { readonly makeRoom: MakeRoom };

async function ranked(
  options: Roomy,
  head: HeadSpec,
  metrics: readonly MetricSpec[],
): Promise<Omit<Retrieval, "close">> {
  const pairing = await (options.pair ?? pairingOf)(options.dataSet);
  const sides = sidesOf(await encoded(options, head, pairing), pairing);
  const top = Math.max(0, ...metrics.map(({ rerank }) => rerank?.top ?? 0));
  const plain = await withScorer(options, sides, (score) => ranksOf(sides, score, { top }));
  const ranks = new Map<MetricSpec, Ranks>();
  for (const metric of metrics) {
    const { rerank } = metric;
    ranks.set(metric, rerank === null ? plain : await rerankedBy(options, rerank, { ranks: plain, sides }));
  }
  return { sides, ranks };
}

/** Leaving out an image also leaves out texts that only it has. */
async function encoded(options: Roomy, head: HeadSpec, { images, texts }: Pairing) {
  const image = await vectorsOf(options, head, "image", firstsOf(images));
  const read = new Set(image.items.map((item) => images[item]));
  const left = [...images.keys()].filter((item) => read.has(images[item]));
  return { image, text: await vectorsOf(options, head, "text", firstsOf(texts, left)) };
}

async function vectorsOf(options: Roomy, head: HeadSpec, side: Modality, firsts: readonly number[]): Promise<Vectors> {
  const { [side]: need } = needsOfHead(options, head);
  const room = options.makeRoom(firsts.length, options.stage.model.width);
  const items: number[] = [];
  const pass: Pass = {
    head,
    dataSet: someOf(options.dataSet, firsts),
    needs: { [side]: need },
    build: (stage, sizes) => buildVector(stage, sizes, head, side),
  };
  await passOver(options, pass, ({ batch, results }) => {
    const rows = results.get("vector")?.data ?? [];
    room.add(rows instanceof Float32Array ? rows : Float32Array.from(rows));
    items.push(...batch.indices.map((index) => firsts[index] ?? 0));
  });
  return { read: room.read, items };
}

/** Products on the engine, by one program: a smaller block is padded with zeros. */
async function withScorer<T>(
  { engine, signal, stage: { model } }: EvaluateOptions,
  { image, text }: Sides,
  work: (score: Scorer) => Promise<T>,
): Promise<T> {
  const sizeOf = (side: Side, most: number): number => Math.max(1, Math.min(most, side.count));
  const size = { images: sizeOf(image, block.images), texts: sizeOf(text, block.texts) };
  const executable = await engine.load(scoresGraph([size.images, size.texts], model.width));
  try {
    return await work(async (images, texts) => {
      signal?.throwIfAborted();
      const given = new Map([
        ["images", blockOf(image, images, [size.images, model.width])],
        ["texts", blockOf(text, texts, [size.texts, model.width])],
      ]);
      return { scores: await productOf(engine, executable, given), stride: size.texts };
    });
  } finally {
    executable.dispose();
  }
}

async function productOf(
  engine: Engine,
  executable: Executable,
  given: ReadonlyMap<string, ReturnType<typeof float32>>,
) {
  const results = await holding(engine, createAll(engine, given), (handles) => executable.run(handles));
  return (await readAll(engine, results)).get("scores")?.data ?? new Float32Array();
}

function blockOf({ read }: Side, { from, count }: Rows, [size, width]: readonly [number, number]) {
  const rows = new Float32Array(size * width);
  rows.set(read(from, count));
  return float32([size, width], rows);
}

async function rerankedBy(
  options: EvaluateOptions,
  { head: name, top }: NonNullable<MetricSpec["rerank"]>,
  { ranks: { image, text }, sides }: { readonly ranks: Ranks; readonly sides: Sides },
): Promise<Ranks> {
  const head = options.stage.heads.find((each) => each.name === name);
  if (head === undefined) throw new Error(`internal: the checker let ${name} re-rank`);
  const cut = ({ places, first }: Ranks["image"]) => ({ places, first: first.map((list) => list.slice(0, top)) });
  const ranks = { image: cut(image), text: cut(text) };
  return reranked(ranks, sides, await judged(options, head, pairsOf(ranks, sides), sides));
}

/** Pairs of image and text encoded as numbers, sorted by image so that each is loaded once. */
function pairsOf({ image, text }: Ranks, sides: Sides): number[] {
  const pairs = new Set<number>();
  image.first.forEach((list, query) => {
    for (const { row } of list) pairs.add(query * sides.text.count + row);
  });
  text.first.forEach((list, query) => {
    for (const { row } of list) pairs.add(row * sides.text.count + query);
  });
  return [...pairs].sort((a, b) => a - b);
}

/** The scores of a matching head for pairs. */
async function judged(
  options: EvaluateOptions,
  head: HeadSpec,
  pairs: readonly number[],
  { image, text }: Sides,
): Promise<Judge> {
  const { dataSet } = options;
  const paired: DataSet = {
    ...someOf(dataSet, pairs),
    item: (index) => {
      const pair = pairs[index] ?? 0;
      const shown = dataSet.item(image.items[Math.floor(pair / text.count)] ?? 0);
      const { text: said } = dataSet.item(text.items[pair % text.count] ?? 0);
      return { ...shown, ...(said !== undefined && { text: said }) };
    },
  };
  const judgements = new Map<number, number>();
  const { image: picture, text: words } = needsOfHead(options, head);
  const needs = { ...(picture && { image: picture }), ...(words && { text: words }) };
  const pass: Pass = { head, dataSet: paired, needs, build: (stage, sizes) => buildJudgement(stage, sizes, head) };
  await passOver(options, pass, ({ batch, results }) => {
    const said = results.get("judgement")?.data ?? [];
    batch.indices.forEach((index, row) => judgements.set(pairs[index] ?? 0, said[row] ?? 0));
  });
  return (i, j) => judgements.get(i * text.count + j) ?? Number.NEGATIVE_INFINITY;
}
