// Masked language modelling (BERT; the original's modules/heads.py and objectives.py): transform, norm, decoder over
// the vocabulary, at masked positions.
import { z } from "zod";
import { choice, doc, flag } from "../schema/fields.js";
import { ratio } from "../schema/numbers.js";
import { inputs, tokenMask } from "../spec/inputs.js";
import { decoderElements, decoderFlops, decoderReaches, decoderTensors, predictMasked } from "./decoder.js";
import { headRule } from "./head.js";
import { decoder, decoderNorm, share } from "./settings.js";

/** The decoder is not tied to the word embeddings, as in the original. */
export const maskedTokens = headRule({
  kind: "masked_tokens",
  schema: doc(
    z.object({
      mask: doc(ratio({ open: "both" }).default(0.15), "Share of tokens that are masked."),
      whole_word: doc(flag().default(true), "Masks all tokens of a word together (whole-word masking)."),
      variant: doc(
        choice("default", "original").default("default"),
        "`original` masks as the original's collator does.",
      ),
      decoder,
      norm_eps: decoderNorm,
      share,
    }),
    "Predicts masked tokens, from the text alone or conditioned on the image (BERT).",
  ),
  takes: {
    count: [1, 1],
    features: ["text.tokens", "pair.text"],
    words: "the text of a view",
    forms: ["text.tokens", "pair.text"],
  },
  make: ({ mask, whole_word: wholeWord, variant, decoder, norm_eps: normEps }) => ({
    settings: { mask, wholeWord, variant, decoder, normEps },
  }),
  needs: () => [],
  wants: ({ mask: probability, wholeWord, variant }) => ({ maskedTokens: { probability, wholeWord, variant } }),
  parameters: decoderTensors,
  shape: ({ decoder, normEps }) => ({ decoder, norm_eps: normEps }),
  reaches: decoderReaches,
  mask: ({ mask: share }) => ({ ...tokenMask, share }),
  flops: decoderFlops,
  elements: (model, _head, rows) => decoderElements(model, rows),
  metrics: ["accuracy", "perplexity"],
  counted: { noun: "tokens", labels: inputs.tokenLabels },
  shows: "words",
  task: () => "fill-mask",
  lower: predictMasked,
});
