// Retrieval without an engine: products in plain loops.
import { pairingOf, type DataSet } from "../../runtime/data/index.js";
import {
  dot,
  ranksOf,
  sidesOf,
  type RankOptions,
  type Ranks,
  type Scorer,
  type Sides,
  type Vectors,
} from "../../runtime/evaluate/retrieval.js";

/** Vectors of the first item of every image, or of every text. */
export function vectorsFor(dataSet: DataSet, side: "image" | "text", vectorOf: (item: number) => number[]): Vectors {
  const numbers = pairingOf(dataSet)[side === "image" ? "images" : "texts"];
  const items = [...numbers.keys()].filter((item) => numbers.indexOf(numbers[item] ?? 0) === item);
  const rows = items.map(vectorOf);
  return { width: rows[0]?.length ?? 0, data: Float32Array.from(rows.flat()), items };
}

/** Sides of a data set by the vectors of its items. */
export function sidesFor(dataSet: DataSet, vectors: Readonly<Record<"image" | "text", (item: number) => number[]>>) {
  const image = vectorsFor(dataSet, "image", vectors.image);
  return sidesOf({ image, text: vectorsFor(dataSet, "text", vectors.text) }, pairingOf(dataSet));
}

/** Scores of a block by their definition. */
export function plainScorer({ image, text }: Sides): Scorer {
  return (images, texts) => {
    const scores = new Float32Array(images.count * texts.count);
    for (let i = 0; i < images.count; i++)
      for (let j = 0; j < texts.count; j++)
        scores[i * texts.count + j] = dot(image, images.from + i, text, texts.from + j);
    return Promise.resolve({ scores, stride: texts.count });
  };
}

/** Ranks without an engine. */
export function plainRanks(sides: Sides, options: RankOptions): Promise<Ranks> {
  return ranksOf(sides, plainScorer(sides), options);
}
