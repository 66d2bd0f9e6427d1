// A class for every pixel (UPerNet, as BEiT fine-tunes it).
import { doc } from "../schema/fields.js";
import { z } from "zod";
import { most } from "../schema/most.js";
import { count } from "../schema/numbers.js";
import { deferred } from "./deferred.js";
import { headRule } from "./head.js";
import { share } from "./settings.js";

/** In the language and checked; not lowered. */
export const segment = headRule({
  ...deferred,
  kind: "segment",
  schema: doc(
    z.object({
      classes: doc(count({ most: most.classes }).default(150), "Number of classes, background included."),
      hidden: doc(count({ most: most.width }).default(512), "Width of the pyramid."),
      share,
    }),
    "Gives every pixel a class (UPerNet over a pyramid of layers).",
  ),
  takes: {
    count: [1, 64],
    features: ["image.layer", "image.grid"],
    words: "layers of an image",
    forms: ["image.layer(3), image.layer(6)"],
  },
  needs: () => ["mask"],
  // What is deferred keeps its settings as they were read.
  classes: ({ settings }) => ({ count: Number(settings["classes"]), of: "classes" }),
  metrics: ["mean_iou"],
  counted: { noun: "pixels", labels: null },
});
