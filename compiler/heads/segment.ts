// Semantic segmentation: a pyramid decoder over layers (UPerNet, as BEiT fine-tunes it).
import { z } from "zod";
import { indices, type BuildContext } from "../build/context.js";
import { cast, fill, reshape } from "../ops/structure.js";
import { greater, maximum } from "../ops/elementwise.js";
import { rows } from "../ops/linear.js";
import { doc } from "../schema/fields.js";
import { most } from "../schema/most.js";
import { count } from "../schema/numbers.js";
import { ignored, inputs } from "../spec/inputs.js";
import { headRule, type HeadResult, type MadeBy } from "./head.js";
import { classified, meanOf } from "./parts.js";
import { mostLevels, pyramid, pyramidElements, pyramidFlops, pyramidTensors, pyramidWorking } from "./pyramid.js";
import { resized } from "./sampling.js";
import { share } from "./settings.js";

const schema = doc(
  z.object({
    classes: doc(count({ least: 2, most: most.classes }).default(150), "Number of classes, background included."),
    hidden: doc(count({ most: most.width }).default(512), "Width of the pyramid."),
    share,
  }),
  "Semantic segmentation (UPerNet over a pyramid of layers): the first layer is upsampled to four times the resolution of the " +
    "patches, each next one to half of that.",
);

const make = ({ classes, hidden }: z.output<typeof schema>) => ({ settings: { classes, hidden } });

type Head = MadeBy<typeof make>;

/** Cross-entropy over all pixels that have a class. */
export const segment = headRule({
  kind: "segment",
  schema,
  takes: {
    count: [1, mostLevels],
    features: ["image.layer", "image.grid"],
    words: "one to four layers of an image",
    forms: ["image.layer(3), image.layer(6)"],
  },
  make,
  needs: () => ["mask"],
  wants: ({ name: head, classes }) => ({ mask: { head, classes } }),
  parameters: pyramidTensors,
  shape: ({ classes, hidden }) => ({ classes, hidden }),
  classes: ({ classes: count }) => ({ count, of: "classes" }),
  // Its layers are features, which are renumbered as for every head.
  narrowed: (head, { size }) => ({ ...head, hidden: size(head.hidden) }),
  flops: pyramidFlops,
  elements: pyramidElements,
  working: pyramidWorking,
  metrics: ["mean_iou"],
  pixels: pyramid,
  counted: { noun: "pixels", labels: inputs.mask },
  shows: "regions",
  task: () => "image-segmentation",
  lower,
});

function lower(context: BuildContext, head: Head): HeadResult {
  const logits = pyramid(context, head);
  const size = context.model.image?.size ?? 0;
  const range = { least: 0, most: head.classes - 1, none: ignored, what: "classes of pixels" };
  const truth = indices(context, inputs.mask, [context.sizes.batch, size, size], range);
  const labels = cast(reshape(truth, [context.sizes.batch * size ** 2]), "float32");
  // Unlabelled pixels do not count, so that they can be given any class.
  const anyClass = cast(maximum(labels, fill(0)), "int32");
  const { loss, correct } = classified(rows(resized(logits, size)), anyClass, greater(labels, fill(-1)));
  return {
    loss: meanOf(context, head, loss, { kind: "masked", from: inputs.mask, ignore: ignored }),
    outputs: new Map([["logits", logits]]),
    sums: new Map([["correct", correct]]),
  };
}
