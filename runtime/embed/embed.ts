// Vectors of images, texts and pairs, batch by batch.
import { needsOfView, passOver } from "../evaluate/pass.js";
import { evaluationOf, passed, withParameters, type Asking } from "../predict/asking.js";
import { questionOf, viewOf, type Entry } from "./entry.js";
import type { Feature } from "./feature.js";

/** The model and the feature to compute. */
export interface Embedding extends Asking {
  readonly feature: Feature;
}

/** A batch of vectors, row by row. */
export interface Made {
  readonly entries: readonly Entry[];
  readonly vectors: Float32Array;
  /** Texts truncated to the model's length. */
  readonly cut: number;
}

/** Calls `each` with the vectors of entries, one view after the other. Throws the errors of broken images. */
export async function embed(
  embedding: Embedding,
  entries: readonly Entry[],
  each: (made: Made) => Promise<void> | void,
): Promise<void> {
  const { feature } = embedding;
  await withParameters(embedding, async (parameters) => {
    for (const view of feature.views) {
      const own = entries.filter((entry) => viewOf(entry) === view);
      if (own.length === 0) continue;
      const evaluating = evaluationOf(embedding, parameters, own.map(questionOf));
      const pass = { head: feature.head, dataSet: evaluating.dataSet, needs: needsOfView(evaluating, view) };
      const made = passOver(
        evaluating,
        { ...pass, build: (stage, sizes) => feature.build(stage, sizes, view) },
        ({ batch: { indices, counts }, results }) => {
          const vectors = Float32Array.from(results.get("vector")?.data ?? []);
          return each({ entries: indices.flatMap((index) => own[index] ?? []), vectors, cut: counts.truncated });
        },
      );
      await passed(embedding, made);
    }
  });
}

/** All vectors of some entries, in their order. Throws the errors of broken images. */
export async function vectorsOf(embedding: Embedding, entries: readonly Entry[]): Promise<Float32Array[]> {
  const made = new Map<Entry, Float32Array>();
  await embed(embedding, entries, ({ entries: own, vectors }) => {
    const width = vectors.length / Math.max(1, own.length);
    own.forEach((entry, row) => made.set(entry, vectors.subarray(row * width, (row + 1) * width)));
  });
  return entries.map((entry) => made.get(entry) ?? new Float32Array());
}
