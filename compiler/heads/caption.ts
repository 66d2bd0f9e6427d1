// Image captioning (as in BEiT-3; UniLM's masked sequence-to-sequence learning): text tokens attend to the image and to
// the text before them, image tokens to each other; a fraction of the text tokens is masked and predicted. Generation
// is in build/generate.ts.
import { z } from "zod";
import { doc } from "../schema/fields.js";
import { most } from "../schema/most.js";
import { count, ratio, real } from "../schema/numbers.js";
import { inputs, tokenMask } from "../spec/inputs.js";
import { decoderElements, decoderFlops, decoderReaches, decoderTensors, logitsOf, predictMasked } from "./decoder.js";
import { headRule } from "./head.js";
import { decoder, decoderNorm, share } from "./settings.js";

/** Has the same parameters as a head of masked tokens, so that either can be initialised from the other. */
export const caption = headRule({
  kind: "caption",
  schema: doc(
    z.object({
      mask: doc(
        ratio({ open: "low" }).default(0.7),
        "Share of tokens, [SEP] at the end included, that are masked in training.",
      ),
      beams: doc(count({ most: most.beams }).default(3), "Beam width: candidate texts kept at each token."),
      length_penalty: doc(
        real().default(0.6),
        "Length penalty: a text's score is its log-likelihood divided by its length to this power.",
      ),
      decoder,
      norm_eps: decoderNorm,
      share,
    }),
    "Generates a caption of the image, token by token.",
  ),
  takes: {
    count: [1, 1],
    features: ["pair.causal"],
    words: "the pair with causal attention on its text",
    forms: ["pair.causal"],
  },
  make: ({ mask, beams, length_penalty: lengthPenalty, decoder, norm_eps: normEps }) => ({
    settings: { mask, beams, lengthPenalty, decoder, normEps },
  }),
  needs: () => ["match"],
  wants: ({ mask: probability }) => ({ maskedTokens: { probability, wholeWord: false, variant: "left_to_right" } }),
  parameters: decoderTensors,
  shape: ({ decoder, normEps }) => ({ decoder, norm_eps: normEps }),
  reaches: decoderReaches,
  mask: ({ mask: share }) => ({ ...tokenMask, share }),
  writes: { search: ({ beams, lengthPenalty }) => ({ beams, lengthPenalty }), logits: logitsOf },
  flops: decoderFlops,
  elements: (model, _head, rows) => decoderElements(model, rows),
  metrics: ["bleu", "rouge", "cider", "perplexity"],
  counted: { noun: "tokens", labels: inputs.tokenLabels },
  shows: "caption",
  task: () => "image-to-text",
  lower: predictMasked,
});
