// A visual tokenizer: one code per patch, the targets of BEiT's masked image modelling. Trained as a stage, or DALL-E's
// encoder loaded from a file and not trained.
import { z } from "zod";
import type { BuildContext } from "../build/context.js";
import { imagePixels } from "../build/embed.js";
import { readingOf } from "../build/trunk.js";
import type { Value } from "../ir/graph.js";
import { mean, mul } from "../ops/elementwise.js";
import { fill, reshape, total } from "../ops/structure.js";
import { doc, string } from "../schema/fields.js";
import { most } from "../schema/most.js";
import { count } from "../schema/numbers.js";
import { patchesPerSide } from "../spec/geometry.js";
import type { FeatureSpec, ModelSpec } from "../spec/spec.js";
import { dalleCodes, dalleFlops, dalleHidden, dalleTensors } from "./dalle-encoder.js";
import { headRule, only, type HeadResult, type MadeBy } from "./head.js";
import { meanOf, perItem } from "./parts.js";
import { share } from "./settings.js";
import { quantised, quantiserElements, quantiserFlops, quantiserTensors, reconstructed } from "./scalar-quantiser.js";

/** Default number of channels in the convolutions of a tokenizer that a stage trains. */
const usualHidden = 128;

const schema = doc(
  z.object({
    codes: doc(count({ least: 2, most: most.classes }).default(8192), "Number of codes."),
    hidden: doc(
      count({ most: most.width }).optional(),
      `Channels of the convolutions: ${usualHidden}, of DALL-E's encoder ${dalleHidden}.`,
    ),
    file: doc(string().optional(), "Weights of DALL-E's encoder, which then gives the codes; the head is not trained."),
    share,
  }),
  "Encodes an image as discrete codes, one per patch (FSQ, or DALL-E's encoder): the targets of `masked_patches`.",
);

const make = ({ codes, hidden, file }: z.output<typeof schema>) => ({
  settings: { codes, hidden: hidden ?? (file === undefined ? usualHidden : dalleHidden), file: file ?? null },
});

/** A head of this kind. */
export type VisualTokenizer = MadeBy<typeof make>;

/** One code per patch of the model's images. */
export const visualTokenizer = headRule({
  kind: "visual_tokenizer",
  schema,
  takes: { count: [1, 1], features: ["image"], words: "images themselves", forms: ["image"] },
  make,
  weightsFile: ({ file }) => file,
  needs: () => [],
  wants: () => ({}),
  parameters: (model, head, at) =>
    head.file === null ? quantiserTensors(model, head, at) : dalleTensors(model, head, at),
  shape: ({ codes, hidden, file }) => ({ codes, hidden, file }),
  narrowed: narrowedTokenizer,
  flops: (model, head) => (head.file === null ? quantiserFlops(model, head, "all") : dalleFlops(model, head)),
  elements: (model, head) => (head.file === null ? quantiserElements(model, head) : 0),
  codes: ({ codes }) => codes,
  metrics: ["codebook", "reconstruction"],
  unmeasured: ({ file }, metric) =>
    file !== null && metric === "reconstruction"
      ? { reason: "it is an encoder of a file, which has no decoder", help: "measure `codebook`" }
      : null,
  counted: { noun: "images", labels: null },
  shows: "reconstructed",
  task: () => null,
  lower,
});

/** A tokenizer for rehearsals: few codes and no file, since rehearsals read none. */
export function narrowedTokenizer(head: VisualTokenizer): VisualTokenizer {
  return { ...head, file: null, hidden: Math.min(head.hidden, 8), codes: Math.min(head.codes, 64) };
}

/** FLOPs for the codes of one image. */
export function codeFlops(model: ModelSpec, head: VisualTokenizer): number {
  return head.file === null ? quantiserFlops(model, head, "encoder") : dalleFlops(model, head);
}

/** The images that a feature reads, [B, C, S, S]. */
function imageOf(context: BuildContext, feature: FeatureSpec): Value {
  return imagePixels(context, readingOf(context, feature, null).image);
}

/** The code of each patch of the image that a feature is about, int32 [B·P]; no gradient flows through it. */
export function codesOf(context: BuildContext, head: VisualTokenizer, feature: FeatureSpec): Value {
  const [image, prefix] = [imageOf(context, feature), `heads.${head.parametersOf}`];
  return head.file === null ? quantised(context, head, prefix, image).ids : dalleCodes(context, head, prefix, image);
}

function lower(context: BuildContext, head: VisualTokenizer): HeadResult {
  const feature = only(head);
  const shape = [context.sizes.batch, patchesPerSide(context.model) ** 2];
  if (head.file !== null) {
    const codes = reshape(codesOf(context, head, feature), shape);
    return { loss: fill(0), outputs: new Map([["codes", codes]]), sums: new Map() };
  }
  const image = imageOf(context, feature);
  const made = reconstructed(context, head, `heads.${head.parametersOf}`, image);
  const pixels = [1, 2, 3];
  return {
    loss: meanOf(context, head, total(made.error), perItem),
    outputs: new Map([
      ["codes", reshape(made.ids, shape)],
      ["reconstruction", made.image],
    ]),
    sums: new Map([
      ["error", total(made.error)],
      ["pixels", total(mean(image, pixels))],
      ["squares", total(mean(mul(image, image), pixels))],
    ]),
  };
}
