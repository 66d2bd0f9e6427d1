// Search for texts and images among vectors: the nearest of each query, re-ranked by a matching head on request.
import { buildAnswer, ruleOf, type HeadSpec, type StageSpec } from "../../compiler/index.js";
import { vectorsOf, type Embedding } from "../embed/embed.js";
import { firstOfEach, questionOf, viewOf, type Entry } from "../embed/entry.js";
import type { VectorsFile } from "../embed/vectors-file.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { needsOfView, passOver } from "../evaluate/pass.js";
import type { Question } from "../predict/answer.js";
import { evaluationOf, withParameters, type Asking } from "../predict/asking.js";
import { softmax } from "../predict/heads.js";
import { nearest } from "./nearest.js";

/** The queries and options of a search. */
export interface SearchOptions extends Embedding {
  readonly vectors: VectorsFile;
  /** Paths of missing images, which are excluded from the results. */
  readonly gone?: ReadonlySet<string>;
  readonly queries: readonly Entry[];
  readonly top: number;
  /** A matching head, and how many of the nearest it re-ranks. */
  readonly rerank: { readonly head: HeadSpec; readonly first: number } | null;
}

/** The hits of a query, best first. */
export interface Found {
  readonly query: Entry;
  readonly hits: readonly Hit[];
}

/** One hit. */
export interface Hit {
  readonly entry: Entry;
  /** The cosine of the two vectors, -1 … 1. */
  readonly similarity: number;
  /** The matching head's probability that the text is true of the image. */
  readonly probability?: number;
}

/** Searches for every query. Throws V901 where a head cannot score the hits, and the errors of broken images. */
export async function search(options: SearchOptions): Promise<Found[]> {
  const { queries, vectors, gone = new Set(), top, rerank } = options;
  const made = await vectorsOf(options, queries);
  const skips = (row: number): boolean => gone.size > 0 && gone.has(vectors.entry(row).image?.path ?? "");
  const lists = await distinctNearest(vectors, made, { first: Math.max(top, rerank?.first ?? 0), skips });
  const found: Found[] = queries.map((query, i) => ({ query, hits: lists[i] ?? [] }));
  const ordered = rerank === null ? found : await reranked(options, found, rerank);
  return ordered.map(({ query, hits }) => ({ query, hits: hits.slice(0, top) }));
}

/** The nearest entries without duplicates: an image may have a row for each of its captions. */
async function distinctNearest(
  vectors: VectorsFile,
  made: readonly Float32Array[],
  { first, skips }: { readonly first: number; readonly skips: (row: number) => boolean },
): Promise<Hit[][]> {
  for (let wanted = first; ; wanted *= 4) {
    const lists = await nearest(vectors, made, wanted, { skips });
    const all = lists.map((list) => list.map(({ row, score }) => ({ entry: vectors.entry(row), similarity: score })));
    const hits = all.map((each) => firstOfEach(each, ({ entry }) => entry));
    const isAll = lists.every(({ length }, i) => length < wanted || (hits[i]?.length ?? 0) >= first);
    if (isAll || wanted >= vectors.count) return hits.map((each) => each.slice(0, first));
  }
}

/** The matching head of a stage, trained ones before others. Throws V901. */
export function judgeOf(stage: StageSpec): HeadSpec {
  const judges = stage.heads.filter((head) => ruleOf(head).judges !== undefined);
  const head = judges.find(({ name }) => stage.learn.some((each) => each.head.name === name)) ?? judges[0];
  if (head !== undefined) return head;
  const help = "leave out --rerank, or train a `matching` head";
  throw vlmoError(
    "V901",
    { reason: `the stage \`${stage.name}\` has no matching head, which would re-rank` },
    { help },
  );
}

/** Re-ranks the first of each list by the sum of cosine and matching score, as an evaluation's `rerank`; the others follow. */
async function reranked(
  options: SearchOptions,
  found: readonly Found[],
  { head, first }: NonNullable<SearchOptions["rerank"]>,
): Promise<Found[]> {
  const pairs = found.flatMap(({ query, hits }) => hits.slice(0, first).map(({ entry }) => pairOf(query, entry)));
  const judgements = await judged(options, head, pairs);
  let next = 0;
  return found.map(({ query, hits }) => {
    const anew = hits.slice(0, first).map((hit) => {
      const [no = 0, yes = 0] = judgements[next++] ?? [];
      return { hit: { ...hit, probability: softmax([no, yes])[1] ?? 0 }, score: hit.similarity + yes };
    });
    const ordered = anew.sort((a, b) => b.score - a.score).map(({ hit }) => hit);
    return { query, hits: [...ordered, ...hits.slice(first)] };
  });
}

/** The pair of image and text, whichever of them was the query. */
function pairOf(query: Entry, entry: Entry): Question {
  const views = [viewOf(query), viewOf(entry)];
  if (views.includes("image") && views.includes("text")) {
    const [image, text] = views[0] === "image" ? [query, entry] : [entry, query];
    return questionOf({ ...text, ...image });
  }
  const help = "leave out --rerank, or search images by texts, or texts by images";
  const reason = `a matching head judges an image with a text, and \`${query.name}\` finds \`${entry.name}\``;
  throw vlmoError("V901", { reason }, { help });
}

/** Logits of false and true for each pair. */
async function judged(asking: Asking, head: HeadSpec, pairs: readonly Question[]): Promise<number[][]> {
  const logits: number[][] = [];
  if (pairs.length === 0) return logits;
  await withParameters(asking, async (parameters) => {
    const evaluating = evaluationOf(asking, parameters, pairs);
    const pass = { head, dataSet: evaluating.dataSet, needs: needsOfView(evaluating, "pair") };
    await passOver(
      evaluating,
      { ...pass, build: (stage, sizes) => buildAnswer(stage, sizes, head) },
      ({ batch: { indices }, results }) => {
        const said = results.get("logits")?.data ?? [];
        indices.forEach((index, row) => (logits[index] = [said[2 * row] ?? 0, said[2 * row + 1] ?? 0]));
      },
    );
  });
  return logits;
}
