// Images as codes (dVAE, VQ-KD): the targets of BEiT's masked image modelling.
import { z } from "zod";
import { doc, string } from "../schema/fields.js";
import { most } from "../schema/most.js";
import { count } from "../schema/numbers.js";
import { deferred } from "./deferred.js";
import { headRule } from "./head.js";
import { share } from "./settings.js";

/** In the language and checked; not lowered. */
export const visualTokenizer = headRule({
  ...deferred,
  kind: "visual_tokenizer",
  schema: doc(
    z.object({
      codes: doc(count({ most: most.classes }).default(8192), "Number of codes."),
      file: doc(string().optional(), "Weights of a tokenizer that is not trained here."),
      share,
    }),
    "Turns an image into codes, one a patch (dVAE, VQ-KD); gives `masked_patches` its targets.",
  ),
  takes: { count: [1, 1], features: ["image"], words: "images themselves", forms: ["image"] },
  needs: () => [],
  metrics: [],
  counted: { noun: "patches", labels: null },
});
