// Retrieval without an engine: dot products in plain loops.
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
import { roomInMemory, type MakeRoom } from "../../runtime/evaluate/room.js";

/** Vectors of the first item of every image, or of every text. */
function vectorsFor(
  dataSet: DataSet,
  side: "image" | "text",
  { vectorOf, makeRoom }: { readonly vectorOf: (item: number) => number[]; readonly makeRoom: MakeRoom },
): Vectors {
  const numbers = pairingOf(dataSet)[side === "image" ? "images" : "texts"];
  const items = [...numbers.keys()].filter((item) => numbers.indexOf(numbers[item] ?? 0) === item);
  const rows = items.map(vectorOf);
  const room = makeRoom(rows.length, rows[0]?.length ?? 0);
  for (const row of rows) room.add(Float32Array.from(row));
  return { read: room.read, items };
}

/** Sides of a data set by the vectors of its items. */
export function sidesFor(
  dataSet: DataSet,
  vectors: Readonly<Record<"image" | "text", (item: number) => number[]>>,
  makeRoom: MakeRoom = roomInMemory,
) {
  const image = vectorsFor(dataSet, "image", { vectorOf: vectors.image, makeRoom });
  return sidesOf(
    { image, text: vectorsFor(dataSet, "text", { vectorOf: vectors.text, makeRoom }) },
    pairingOf(dataSet),
  );
}

/** Scores of a block by definition. */
export function plainScorer({ image, text }: Sides): Scorer {
  return (images, texts) => {
    const scores = new Float32Array(images.count * texts.count);
    for (let i = 0; i < images.count; i++)
      for (let j = 0; j < texts.count; j++)
        scores[i * texts.count + j] = dot(image.read(images.from + i, 1), text.read(texts.from + j, 1));
    return Promise.resolve({ scores, stride: texts.count });
  };
}

/** Ranks computed without an engine. */
export function plainRanks(sides: Sides, options: RankOptions): Promise<Ranks> {
  return ranksOf(sides, plainScorer(sides), options);
}
