// Fixed two-dimensional sine-cosine positions of images, computed as in MAE (He et al. 2021; util/pos_embed.py there);
// MoCo v3 has the same with the halves for rows and columns swapped.
import { z } from "zod";
import type { Checking } from "../check/model/place.js";
import { diagnose } from "../codes.js";
import { constant } from "../ops/structure.js";
import { imageTokens, patchesPerSide } from "../spec/geometry.js";
import type { ModelSpec } from "../spec/spec.js";
import { positionRule, type PositionOf } from "./position.js";
import { textEmbedding, textPositions, textTable } from "./text-table.js";

/** For images nothing is trained or handed over: their positions follow from the sizes. */
export const sincos = positionRule({
  kind: "sincos",
  doc: "Fixed sines and cosines of a patch's column and row, added to the embeddings of images (MAE); texts have a learnt vector for every position.",
  positional: [],
  schema: z.object({}),
  make: () => ({ kind: "sincos" }),
  check: checkWidth,
  parameters: textPositions,
  tables: textTable,
  embedding: (context, _position, { of, count }) =>
    of === "text"
      ? textEmbedding(context, count)
      : constant([1, imageTokens(context.model), context.model.width], imageTable(context.model)),
  bias: () => null,
  biasElements: () => 0,
  fitting: () => ({}),
  text: () => "sincos",
});

function checkWidth(_position: PositionOf<"sincos">, { model: { image, width }, place, report }: Checking): void {
  if (image === null || width % 4 === 0) return;
  const related = [{ span: place("attention", "position"), message: "sines and cosines of columns and rows" }];
  const [below, above] = [4 * Math.floor(width / 4), 4 * Math.ceil(width / 4)];
  const holes = { key: "width", wanted: "a multiple of 4 where positions are `sincos`", value: `${width}` };
  const help = below === 0 ? `${above} is` : `${below} and ${above} are`;
  report(diagnose("V207", place(null, "width"), holes, { related, help }));
}

/** [1 + P, D] row-major: zeros for the class token; for a patch sines and cosines of its column, then of its row. */
function imageTable(model: ModelSpec): Float32Array {
  const { width } = model;
  const side = patchesPerSide(model);
  const quarter = width / 4;
  const data = new Float32Array(imageTokens(model) * width);
  for (let patch = 0; patch < side ** 2; patch++) {
    [patch % side, Math.floor(patch / side)].forEach((place, half) => {
      const start = (1 + patch) * width + half * 2 * quarter;
      for (let i = 0; i < quarter; i++) {
        const angle = place / 10000 ** (i / quarter);
        data[start + i] = Math.sin(angle);
        data[start + quarter + i] = Math.cos(angle);
      }
    });
  }
  return data;
}
