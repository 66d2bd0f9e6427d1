// Learnt position embeddings, as in BERT for texts and ViT for images (the original's modules/vlmo_module.py).
import { z } from "zod";
import { parameter } from "../build/context.js";
import { reshape } from "../ops/structure.js";
import { choice, doc } from "../schema/fields.js";
import { list } from "../schema/lists.js";
import { imageTokens } from "../spec/geometry.js";
import { parameter as tensor, trunk } from "../spec/parameter.js";
import { positionRule } from "./position.js";
import { textEmbedding, textPositions, textTable } from "./text-table.js";

/** A table for images, one for texts, or both, added to the embeddings. */
export const absolute = positionRule({
  kind: "absolute",
  doc: "A learnt vector for every position, added to the embeddings.",
  rest: "views",
  schema: z.object({
    views: doc(
      list(choice("image", "text"), { distinct: true }).default(["image", "text"]),
      "Which sequences have positions.",
    ),
  }),
  make: ({ views }) => ({ kind: "absolute", image: views.includes("image"), text: views.includes("text") }),
  parameters: (model, { image, text }) => [
    ...(image && model.image !== null
      ? [tensor("position.image", [imageTokens(model), model.width], { part: "position" }, "token", trunk(model))]
      : []),
    ...(text ? textPositions(model) : []),
  ],
  tables: {
    "position.image": { of: "image", rule: "image_positions", resized: () => "positions interpolated" },
    ...textTable,
  },
  embedding: (context, position, { of, count }) => {
    if (!position[of]) return null;
    if (of === "text") return textEmbedding(context, count);
    return reshape(parameter(context, "position.image"), [1, count, context.model.width]);
  },
  bias: () => null,
  biasElements: () => 0,
  fitting: () => ({}),
  text: ({ image, text }) => `absolute(${[image ? "image" : [], text ? "text" : []].flat().join(", ")})`,
});
