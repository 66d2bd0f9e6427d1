// A classifier over one feature, for class labels or for answers (VQA; the original's modules/objectives.py).
import { z } from "zod";
import { named, type BuildContext } from "../build/context.js";
import { featureOf } from "../build/trunk.js";
import type { HeadContext } from "../check/head/head-context.js";
import { diagnose } from "../codes.js";
import { answers } from "../schema/constructors.js";
import { choice, doc } from "../schema/fields.js";
import { most } from "../schema/most.js";
import { count } from "../schema/numbers.js";
import { constructor } from "../schema/families.js";
import { inputs } from "../spec/inputs.js";
import type { View } from "../spec/spec.js";
import { classifier, classifierElements, classifierFlops, classifierTensors, labelled } from "./classifier.js";
import { headRule, only, type HeadResult, type MadeBy } from "./head.js";
import { binaryCrossEntropy, meanOf, perItem } from "./parts.js";
import { belongs, eps, hidden, hiddenOf, labelSmoothing, share } from "./settings.js";

const schema = doc(
  z.object({
    classes: doc(count({ most: most.classes }).optional(), "Number of classes."),
    answers: doc(constructor("set of answers", answers).optional(), "Classes from the answers of the data."),
    hidden,
    norm_eps: eps("Epsilon of the layer norm between the two linear layers; the original has 1e-5."),
    loss: doc(
      choice("cross_entropy", "bce").default("cross_entropy"),
      "`bce`: binary cross-entropy, each class by itself, with soft targets.",
    ),
    label_smoothing: labelSmoothing,
    share,
  }),
  "Classification over classes or answers.",
);

type Keys = z.output<typeof schema>;
type Head = MadeBy<typeof make>;

/** Answers each have a soft score of their own; class labels have exactly one right class. */
const ofAnswers: Readonly<Record<Keys["loss"], boolean>> = { cross_entropy: false, bce: true };
const choosesAnswers = ({ loss }: Pick<Keys, "loss">): boolean => ofAnswers[loss];

/** A class of a pair is an answer to a question. */
const tasks: Readonly<Record<View, string>> = {
  image: "image-classification",
  text: "text-classification",
  pair: "visual-question-answering",
};

/** Softmax over classes, or `bce` over answers with soft scores. */
export const classify = headRule({
  kind: "classify",
  schema,
  takes: {
    count: [1, 1],
    features: ["image.cls", "text.cls", "pair.cls", "pair.pooled"],
    words: "one vector",
    forms: ["pair.pooled", "image.cls"],
  },
  make,
  needs: (head) => [choosesAnswers(head) ? "answer" : "label"],
  wants: (head) => (choosesAnswers(head) ? { answers: true } : { label: true }),
  parameters: (model, head, at) => classifierTensors(model, { input: model.width, ...head }, at),
  shape: ({ classes, hidden, normEps }) => ({ classes, hidden, norm_eps: normEps }),
  narrowed: (head, { size }) => ({ ...head, hidden: head.hidden && size(head.hidden) }),
  classes: (head) => ({
    count: head.classes,
    of: choosesAnswers(head) ? "answers" : "classes",
    least: head.answerCount,
  }),
  flops: ({ width: input }, head) => classifierFlops({ input, ...head }),
  elements: classifierElements,
  unmixed: (head) => {
    if (choosesAnswers(head)) return "with `loss: bce` answers have scores instead of one label";
    return only(head).view === "image" ? null : "it reads a text, which cannot be mixed";
  },
  metrics: ["vqa_score", "accuracy", "consistency"],
  unmeasured: (head, metric) =>
    metric === "vqa_score" && !choosesAnswers(head)
      ? {
          reason: "it learns a single right class, and the metric needs answers with scores",
          help: "measure `accuracy`, or write `loss: bce` in the head",
        }
      : null,
  counted: { noun: "examples", labels: inputs.label },
  shows: "answer",
  task: (head) => tasks[only(head).view],
  lower,
});

function make(values: Keys, making: HeadContext) {
  const classes = classesOf(values, making);
  if (classes === null) return null;
  const { norm_eps: normEps, loss, label_smoothing: labelSmoothing } = values;
  if (ofAnswers[loss] && labelSmoothing > 0) belongs("label_smoothing", "loss: cross_entropy", making);
  const { hidden, relativeHidden } = hiddenOf(values.hidden);
  const answerCount = values.answers?.min ?? null;
  return { settings: { classes, answerCount, hidden, normEps, loss, labelSmoothing }, relativeHidden };
}

/** The number of classes by the keys. Null: they do not determine it, which was reported. */
function classesOf(values: Keys, { declared, context }: HeadContext): number | null {
  const { entries } = context.merge(declared).body;
  const [own, other] = [entries.get("classes")?.reference, entries.get("answers")?.reference];
  const head = context.nameOf(declared);
  const name = declared.node.name.span;
  const classes = values.classes ?? values.answers?.count;
  if (classes === undefined) {
    const help = "or `answers: answers(count: 3129)`";
    context.report(diagnose("V203", name, { owner: `head \`${head}\``, key: "classes" }, { help }));
    return null;
  }
  if (own !== undefined && other !== undefined && values.answers !== undefined) {
    const related = [{ span: own.span, message: "`classes` here" }];
    context.report(diagnose("V412", other.span, { head }, { related, help: "keep one of the two" }));
  }
  if (classes === 1 && !choosesAnswers(values)) {
    const help =
      "write at least 2: a yes or no is two classes; one alone is for answers to questions, with `loss: bce`";
    context.report(diagnose("V413", (own ?? other)?.span ?? name, { head }, { help }));
  }
  return classes;
}

function lower(context: BuildContext, head: Head): HeadResult {
  const logits = classifier(context, head, featureOf(context, only(head)));
  if (!choosesAnswers(head)) return labelled(context, head, logits);
  const type = { dtype: "float32", shape: [context.sizes.batch, head.classes] } as const;
  const targets = named(context, inputs.answers, "batch", type);
  return {
    loss: meanOf(context, head, binaryCrossEntropy(logits, targets), perItem),
    outputs: new Map([["logits", logits]]),
    sums: new Map(),
  };
}
