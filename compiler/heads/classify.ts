// Classifiers over one feature (labels, answers) and over the pooled features of two pair views (NLVR2; facts.md §5).
import { featureOf } from "../build/trunk.js";
import { indices, named, type BuildContext } from "../build/context.js";
import { concat } from "../ops/structure.js";
import type { Value } from "../ir/graph.js";
import type { HeadSpec } from "../spec/spec.js";
import type { HeadLowering, HeadResult } from "./head.js";
import { binaryCrossEntropy, classified, classifier, meanOf, only, perItem } from "./parts.js";

export const classify: HeadLowering<"classify"> = {
  lower: (context, head) => {
    const logits = classifier(context, head, featureOf(context, only(head)));
    if (head.loss === "cross_entropy") return labelled(context, head, logits);
    const targets = named(context, "answer_targets", "batch", {
      dtype: "float32",
      shape: [context.sizes.batch, head.classes],
    });
    return {
      loss: meanOf(context, head, binaryCrossEntropy(logits, targets), perItem),
      outputs: new Map([["logits", logits]]),
      sums: new Map(),
    };
  },
};

export const compare: HeadLowering<"compare"> = {
  lower: (context, head) => {
    const pair = concat(
      head.features.map((feature) => featureOf(context, feature)),
      1,
    );
    return labelled(context, head, classifier(context, head, pair));
  },
};

function labelled(context: BuildContext, head: HeadSpec, logits: Value): HeadResult {
  const [batch = 0, classes = 0] = logits.type.shape;
  const labels = indices(context, "label", [batch], { least: 0, most: classes - 1, what: "labels" });
  const { loss, correct } = classified(logits, labels);
  return {
    loss: meanOf(context, head, loss, perItem),
    outputs: new Map([["logits", logits]]),
    sums: new Map([["correct", correct]]),
  };
}
