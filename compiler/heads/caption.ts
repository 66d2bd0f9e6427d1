// A text about the image, word by word (BEiT-3's masked captioning).
import { doc } from "../schema/fields.js";
import { z } from "zod";
import { most } from "../schema/most.js";
import { count, ratio, real } from "../schema/numbers.js";
import { deferred } from "./deferred.js";
import { headRule } from "./head.js";
import { share } from "./settings.js";

/** In the language and checked; not lowered. */
export const caption = headRule({
  ...deferred,
  kind: "caption",
  schema: doc(
    z.object({
      mask: doc(ratio({ open: "low" }).default(0.7), "Share of tokens that are masked in training."),
      beams: doc(count({ most: most.beams }).default(3), "Beams of the search."),
      length_penalty: doc(real().default(0.6), "Of the search."),
      share,
    }),
    "Writes a text about the image, word by word.",
  ),
  takes: {
    count: [1, 1],
    features: ["pair.causal"],
    words: "the pair that does not look ahead",
    forms: ["pair.causal"],
  },
  needs: () => ["match"],
  metrics: ["perplexity"],
  counted: { noun: "tokens", labels: null },
});
