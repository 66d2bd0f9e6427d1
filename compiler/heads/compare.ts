// A classifier over the pooled features of two pair views that share a text (NLVR2; the original's modules/objectives.py).
import { doc } from "../schema/fields.js";
import { z } from "zod";
import { featureOf } from "../build/trunk.js";
import { concat } from "../ops/structure.js";
import { most } from "../schema/most.js";
import { count } from "../schema/numbers.js";
import { inputs } from "../spec/inputs.js";
import { classifier, classifierElements, classifierFlops, classifierTensors, labelled } from "./classifier.js";
import { headRule } from "./head.js";
import { eps, hidden, hiddenOf, labelSmoothing, share } from "./settings.js";

/** The two features are concatenated, [B, 2D], before the classifier. */
export const compare = headRule({
  kind: "compare",
  schema: doc(
    z.object({
      classes: doc(count({ most: most.classes }).default(2), "Number of classes."),
      hidden,
      norm_eps: eps("Epsilon of the layer norm between the two linear layers; the original has 1e-5."),
      label_smoothing: labelSmoothing,
      share,
    }),
    "Classification of two pairs that share a text (NLVR2).",
  ),
  takes: {
    count: [2, 2],
    features: ["pair.cls", "pair.pooled"],
    words: "two vectors of pairs",
    forms: ["pair[1].pooled, pair[2].pooled"],
    together: "two images",
  },
  make: ({ classes, norm_eps: normEps, label_smoothing: labelSmoothing, ...values }) => {
    const { hidden, relativeHidden } = hiddenOf(values.hidden);
    return { settings: { classes, hidden, normEps, labelSmoothing }, relativeHidden };
  },
  needs: () => ["truth"],
  wants: () => ({ label: true }),
  parameters: (model, head, at) => classifierTensors(model, { input: 2 * model.width, ...head }, at),
  shape: ({ classes, hidden, normEps }) => ({ classes, hidden, norm_eps: normEps }),
  classes: ({ classes: count }) => ({ count, of: "classes" }),
  narrowed: (head, { size }) => ({ ...head, hidden: head.hidden && size(head.hidden) }),
  flops: ({ width }, head) => classifierFlops({ input: 2 * width, ...head }),
  elements: classifierElements,
  metrics: ["accuracy", "consistency"],
  counted: { noun: "examples", labels: inputs.label },
  shows: "answer",
  task: () => null,
  lower: (context, head) => {
    const pairs = head.features.map((feature) => featureOf(context, feature));
    return labelled(context, head, classifier(context, head, concat(pairs, 1)));
  },
});
