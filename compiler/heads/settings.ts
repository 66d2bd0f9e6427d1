// Keys that several kinds of head share.
import type { z } from "zod";
import type { HeadContext } from "../check/head/head-context.js";
import { diagnose } from "../codes.js";
import { choice, doc, orNone, written } from "../schema/fields.js";
import { ratio, real, width } from "../schema/numbers.js";
import type { HeadSpec } from "../spec/spec.js";
import type { Unmeasured } from "./head.js";

/** The key `share`: two heads with one set of parameters. */
export const share = doc(
  written("head").optional(),
  "Another head of the same kind, whose parameters this one shares.",
);

/** The key `false_negatives`: which pairs count as negatives where an image has several texts, or a text several images. */
export const falseNegatives = doc(
  choice("mask", "keep").default("mask"),
  "Texts that are known to be true of an image, as its other captions are: `mask` excludes them from its negatives, `keep` treats them as negatives, as the original does.",
);

/** The key `hidden`: absolute (`64`) or relative to the model's width (`2x`); null for `none`. */
export const hidden = doc(
  orNone(width()).default({ relative: true, value: 2 }),
  "Width of the hidden layer; `none` for a single linear layer.",
);

/** The key `label_smoothing` of single-label classifiers. */
export const labelSmoothing = doc(
  ratio({ open: "high" }).default(0),
  "Label smoothing: share of the target that is spread evenly over all classes, as in PyTorch.",
);

/**
 * Why the loss of a head is not a mean log-likelihood, from which a perplexity could be computed; null: no key treated
 * here prevents it.
 */
export function whyNoLikelihood(head: HeadSpec & { readonly labelSmoothing?: number }): Unmeasured | null {
  const { labelSmoothing = 0 } = head;
  if (labelSmoothing === 0) return null;
  const reason = `its loss has \`label_smoothing: ${labelSmoothing}\`, and is no log-likelihood`;
  return { reason, help: "leave `label_smoothing` out, or measure `accuracy`" };
}

/** Reports a key that the head itself sets and that has no effect without another one. */
export function belongs(key: string, other: string, { declared, context }: HeadContext): void {
  const entry = context.merge(declared).body.entries.get(key);
  // An inherited key was meant for the parent.
  if (entry === undefined || entry.node.origin !== declared) return;
  const holes = { key, head: context.nameOf(declared), other };
  context.report(diagnose("V652", entry.reference.span, holes, { help: `write \`${other}\`, or leave it out` }));
}

/** The parsed value. */
export type FalseNegatives = z.output<typeof falseNegatives>;

/** A parsed hidden width; a multiple of the model's width is resolved when a stage learns the head. */
export function hiddenOf(read: z.output<typeof hidden>): { hidden: number | null; relativeHidden: number | null } {
  return { hidden: read?.value ?? null, relativeHidden: read?.relative === true ? read.value : null };
}

/** The key `decoder` of heads that predict tokens. */
export const decoder = doc(
  choice("tied", "free").default("tied"),
  "`tied`: the token embeddings are the decoder's weights. `free`: a separate matrix, as in the original.",
);

/** The epsilon of a norm. */
export const eps = (text: string) => doc(real({ least: 0, open: "low" }).default(1e-6), text);

/** The key `norm_eps` of heads that predict tokens. */
export const decoderNorm = eps("Epsilon of the layer norm before the decoder; the original has 1e-12.");
